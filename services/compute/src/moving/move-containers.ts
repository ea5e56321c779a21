import { readFile } from 'node:fs/promises';
import { DAEMON_MOUNT_PATH } from '@podex/contracts/internal/daemon';
import type { MoveTask } from '@podex/contracts/internal/moving';
import type { ContainerSettings } from '../config.ts';
import type { ContainerSpec } from '../docker/containers.ts';
import { LABEL_MOVE } from '../docker/labels.ts';
import { oneOffSpec } from '../engine-jobs/one-off-container.ts';
import type { RuntimeVolume } from '../runtime/runtime-volumes.ts';
import { incomingFolder, storageFolder } from '../storage/storage-folder.ts';

const FILES = '/files';
/** Part of every Docker engine. */
const RUNC = 'runc';

/** One of each per copy: a second one of the same name cannot be. */
export function senderName(task: MoveTask): string {
  return `podex-move-out-${task.target_key}`;
}

export function receiverName(task: MoveTask): string {
  return `podex-move-in-${task.target_key}`;
}

/**
 * Reads the files of a workspace and nothing else; it can write nowhere. It runs under runc, because gVisor does not tell it where the
 * holes of a file are: a fixed program of Podex alone, which opens no link, device or socket.
 */
export async function senderSpec(
  task: MoveTask,
  storageKey: string,
  runtime: RuntimeVolume,
  settings: ContainerSettings,
): Promise<ContainerSpec> {
  const folder = storageFolder(storageKey, settings.storage);
  const spec = await programSpec('send', { task, runtime, settings, bind: `${folder}:${FILES}:ro` });
  return {
    ...spec,
    name: senderName(task),
    HostConfig: {
      ...spec.HostConfig,
      Runtime: RUNC,
      CapAdd: ['DAC_READ_SEARCH'],
      ReadonlyRootfs: true,
      // SELinux keeps containers from the server’s files.
      SecurityOpt: ['no-new-privileges', 'label=disable'],
      // What it writes is the archive: the engine must not keep it.
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

/** Unpacks what another server says into a folder of its own, under gVisor: whatever comes, it sees nothing else of this server. */
export async function receiverSpec(
  task: MoveTask,
  runtime: RuntimeVolume,
  settings: ContainerSettings,
): Promise<ContainerSpec> {
  const folder = incomingFolder(task.target_key, settings.storage);
  const spec = await programSpec('receive', { task, runtime, settings, bind: `${folder}:${FILES}` });
  return {
    ...spec,
    name: receiverName(task),
    HostConfig: {
      ...spec.HostConfig,
      CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'],
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

interface ProgramOptions {
  task: MoveTask;
  runtime: RuntimeVolume;
  settings: ContainerSettings;
  bind: string;
}

/** Node takes the text of the program as it stands here. */
async function programSpec(
  what: 'send' | 'receive',
  { task, runtime, settings, bind }: ProgramOptions,
): Promise<ContainerSpec> {
  const text = await readFile(new URL('./move-program.ts', import.meta.url), 'utf8');
  const job = {
    purpose: `move-${what}`,
    argv: [`${DAEMON_MOUNT_PATH}/node`, '--input-type=module-typescript', '--eval', text, what],
    binds: [bind],
    volumes: [{ name: runtime.name, path: DAEMON_MOUNT_PATH }],
  };
  const spec = oneOffSpec(job, settings);
  const mounts = (spec.HostConfig.Mounts ?? []).map((mount) => ({ ...mount, ReadOnly: true }));
  return {
    ...spec,
    OpenStdin: true,
    StdinOnce: true,
    // tar says what is wrong in words that do not depend on the image.
    Env: ['LC_ALL=C'],
    // Not as a one-off: those are removed after some minutes, and a copy may take hours.
    Labels: { [LABEL_MOVE]: task.id },
    HostConfig: { ...spec.HostConfig, Mounts: mounts },
  };
}
