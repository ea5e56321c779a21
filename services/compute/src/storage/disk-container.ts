import { readFile } from 'node:fs/promises';
import type { ContainerSettings } from '../config.ts';
import type { ContainerSpec } from '../docker/containers.ts';
import { LABEL_DISKS } from '../docker/labels.ts';
import { oneOffSpec } from '../engine-jobs/one-off-container.ts';

/** Part of every Docker engine. */
const RUNC = 'runc';
/** Where systems keep mkfs and mount; the last is NixOS. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';
/** Loop devices, and the one that hands them out. */
const DEVICES = ['b 7:* rwm', 'c 10:237 rwm'];
/**
 * Its parent is the process of the engine that starts containers: a mount that is made among its mounts is seen by every container
 * that starts later. From there on, the server’s own programs work.
 */
const ENTER_SCRIPT = 'exec nsenter --target "$PPID" --mount -- /bin/sh -c "$1" disks "$2"';

/**
 * The container in which `disk-program.sh` makes and mounts disks, for as long as its stdin is open. It has to be more than other containers
 * of ours, because gVisor mounts nothing on the server: under runc, with the rights to enter the server’s mounts and to use loop devices.
 * It has no network, runs that one program, and no user’s code or file name comes near it.
 */
export async function diskContainerSpec(settings: ContainerSettings): Promise<ContainerSpec> {
  const program = await readFile(new URL('./disk-program.sh', import.meta.url), 'utf8');
  const spec = oneOffSpec(
    {
      purpose: 'disks',
      argv: ['/bin/sh', '-c', ENTER_SCRIPT, 'enter', program, settings.storage],
      capabilities: ['DAC_OVERRIDE', 'FOWNER', 'SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'],
    },
    settings,
  );
  return {
    ...spec,
    Env: [`PATH=${PATH}`, 'LC_ALL=C'],
    OpenStdin: true,
    StdinOnce: true,
    // Not as a one-off: those are removed after some minutes.
    Labels: { [LABEL_DISKS]: 'true' },
    HostConfig: {
      ...spec.HostConfig,
      Runtime: RUNC,
      PidMode: 'host',
      UsernsMode: 'host',
      DeviceCgroupRules: DEVICES,
      ReadonlyRootfs: true,
      AutoRemove: true,
      // Both keep containers from mounting.
      SecurityOpt: ['no-new-privileges', 'apparmor=unconfined', 'label=disable'],
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}
