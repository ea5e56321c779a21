import { randomBytes } from 'node:crypto';
import type { ServerCheck } from '@podex/contracts/servers';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import type { EngineInfo } from '../docker/system.ts';
import { oneOffSpec, runOneOff } from '../engine-jobs/one-off-container.ts';
import { fail, pass } from './checks.ts';
import { checkDisk, type DiskRoom, readDiskRoom } from './storage-checks.ts';

/** A server may say anything, and as long as it likes. */
const SHOWN_LENGTH = 1_000;

const PROBE_TIMEOUT_MS = 60_000;
const STORAGE_IN_PROBE = '/storage';

/**
 * Kernel banner, a file written and read back, and the room there is. `$1` is the file’s name.
 * The storage is seen as workspaces see it: through gVisor’s own file server.
 */
const PROBE_SCRIPT = `
echo '[kernel]'; dmesg 2>&1 | head -n 3
echo '[storage]'; { echo podex > "$1" && cat "$1" && rm "$1"; } 2>&1
echo '[space]'; df -Pk ${STORAGE_IN_PROBE} | tail -n 1
echo '[disks]'; ls ${STORAGE_IN_PROBE}/.podex/disks 2>/dev/null | grep -c -e '.img$' -e '.project$'
echo '[inodes]'; df -Pi ${STORAGE_IN_PROBE} | tail -n 1
`;

/** What a container under gVisor found on the server. */
export interface Probe {
  isGvisor: boolean;
  checks: ServerCheck[];
  /** First line of the kernel’s log inside. */
  kernel: string;
  room: DiskRoom | undefined;
  /** How many workspaces have a disk there that is limited. */
  disks: number;
}

/** Runs a container as workspaces are run: is this really gVisor, and can the storage be written? */
export async function probeSandbox(
  { engine, settings, info }: { engine: Engine; settings: ContainerSettings; info: EngineInfo },
  hasImage: boolean,
  signal: AbortSignal,
): Promise<Probe> {
  const registration = checkRegistration(info, settings.runtime);
  if (!registration.ok) return untried(registration, 'it needs the runtime');
  if (!hasImage) return untried(fail('runtime', 'Not tried: it needs the image.'), 'it needs the image');
  const spec = oneOffSpec(
    {
      purpose: 'preflight',
      argv: [
        '/bin/sh',
        '-c',
        PROBE_SCRIPT,
        'probe',
        `${STORAGE_IN_PROBE}/.podex-probe-${randomBytes(6).toString('hex')}`,
      ],
      binds: [`${settings.storage}:${STORAGE_IN_PROBE}`],
      // SYSLOG lets a real kernel run `dmesg`, so that a false runtime is told by name. DAC_OVERRIDE: the folder may be anybody’s.
      capabilities: ['DAC_OVERRIDE', 'SYSLOG'],
    },
    settings,
  );
  try {
    const { output } = await runOneOff(engine, spec, { signal, timeoutMs: PROBE_TIMEOUT_MS });
    return readProbe(output, registration, settings);
  } catch (error) {
    signal.throwIfAborted();
    const words = error instanceof Error ? error.message : String(error);
    return untried(
      fail('runtime', `A container under ${settings.runtime} did not run: ${words}`),
      'it needs a container',
    );
  }
}

function untried(runtime: ServerCheck, why: string): Probe {
  const checks = [runtime, fail('storage', `Not tried: ${why}.`), fail('disk', `Not tried: ${why}.`)];
  return { isGvisor: false, checks, kernel: 'unknown', room: undefined, disks: 0 };
}

/** A name alone proves nothing: anything can be registered as `runsc`. */
function checkRegistration(info: EngineInfo, runtime: string): ServerCheck {
  const program = info.runtimes[runtime];
  const cure =
    'Install gVisor and register it with the engine (https://gvisor.dev/docs/user_guide/quick_start/docker/).';
  if (program === undefined) {
    return fail(
      'runtime',
      `The engine has no runtime named ${runtime}, only ${Object.keys(info.runtimes).join(', ')}. ${cure}`,
    );
  }
  if (!program.includes('runsc')) {
    return fail('runtime', `The engine’s runtime ${runtime} is ${program}, which is not gVisor. ${cure}`);
  }
  return pass('runtime', `${runtime} is ${program}`);
}

function readProbe(output: string, registration: ServerCheck, settings: ContainerSettings): Probe {
  const kernelLines = sectionOf(output, 'kernel');
  const kernel = (kernelLines.split('\n')[0] ?? '')
    .replace(/^\[[\s\d.]+\]\s*/, '')
    .trim()
    .slice(0, 200);
  const isGvisor = /gvisor/i.test(kernelLines);
  const runtime = isGvisor
    ? pass('runtime', `${registration.detail}; dmesg inside says: ${kernel}`)
    : fail(
        'runtime',
        `A container under ${settings.runtime} is not inside gVisor: dmesg says “${kernel}”. Register the real runsc.`,
      );
  const written = sectionOf(output, 'storage');
  const storage =
    written === 'podex'
      ? pass('storage', `${settings.storage} can be written.`)
      : fail(
          'storage',
          `${settings.storage} cannot be written: ${written || 'no response'}. Mount or repair the volume there.`,
        );
  const disks = Number.parseInt(sectionOf(output, 'disks'), 10) || 0;
  const room = readDiskRoom(sectionOf(output, 'space'), sectionOf(output, 'inodes'));
  return { isGvisor, checks: [runtime, storage, checkDisk(settings.storage, room)], kernel, room, disks };
}

function sectionOf(output: string, name: string): string {
  const start = output.indexOf(`[${name}]\n`);
  if (start === -1) return '';
  const rest = output.slice(start + name.length + 3);
  const end = /^\[(kernel|storage|space|disks|inodes)\]$/m.exec(rest);
  return (end === null ? rest : rest.slice(0, end.index)).trim().slice(0, SHOWN_LENGTH);
}
