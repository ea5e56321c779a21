import { randomBytes } from 'node:crypto';
import type { ServerCheck } from '@podex/contracts/servers';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import type { EngineInfo } from '../docker/system.ts';
import { raiseWall } from '../egress/wall.ts';
import type { ImagePulls } from '../engine-jobs/image-pulls.ts';
import { oneOffSpec, runOneOff } from '../engine-jobs/one-off-container.ts';
import type { RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import type { PreflightReport } from './server-health.ts';

/** Engine 20.10. */
const OLDEST_API_VERSION = '1.41';
const MAX_CLOCK_SKEW_MS = 10_000;
const PROBE_TIMEOUT_MS = 60_000;
/** Shorter than the caller of a check waits. */
const PULL_WAIT_MS = 5_000;
const STORAGE_IN_PROBE = '/storage';

/**
 * Kernel banner, a file written and read back, and the room there is. `$1` is the file’s name.
 * The storage is seen as workspaces see it: through gVisor’s own file server.
 */
const PROBE_SCRIPT = `
echo '[kernel]'; dmesg 2>&1 | head -n 3
echo '[storage]'; { echo podex > "$1" && cat "$1" && rm "$1"; } 2>&1
echo '[space]'; df -Pk ${STORAGE_IN_PROBE} | tail -n 1
`;

export interface Preflight {
  engine: Engine;
  settings: ContainerSettings;
  images: ImagePulls;
  runtimes: RuntimeVolumes;
}

/**
 * Looks a server over: engine, clock, image, and with a short-lived container under the configured runtime that this really is
 * gVisor and that the storage can be written. Then it raises the network wall around workspaces and tries it from inside. Every failure says cause and cure. Does not throw for what the server does.
 */
export async function runPreflight(preflight: Preflight, signal: AbortSignal): Promise<PreflightReport> {
  const { engine } = preflight;
  let info: EngineInfo;
  try {
    info = await engine.readInfo({ signal });
  } catch (error) {
    signal.throwIfAborted();
    const reason = describe(error);
    return { outcome: 'unreachable', reason, checks: [fail('engine', reason)], facts: null };
  }
  const checks = [checkEngine(info), checkClock(info), await checkImage(preflight, signal)];
  const probe = await runProbe(preflight, info, checks, signal);
  checks.push(probe.runtime, probe.storage);
  // Also on a server with another fault: what runs there already stands on that network.
  if (probe.runtime.ok) checks.push(...(await raiseWall({ ...preflight, info }, signal)));
  const failed = checks.find(({ ok }) => !ok);
  return {
    outcome: failed === undefined ? 'ready' : 'unfit',
    reason: failed?.detail ?? null,
    checks,
    facts: {
      engine_version: info.engineVersion,
      api_version: info.apiVersion,
      kernel_version: info.kernelVersion,
      operating_system: info.operatingSystem,
      architecture: info.architecture,
      cpus: info.cpus,
      memory_mb: info.memoryMb,
      sandbox_kernel: probe.kernel,
      quota: 'none: disk limits are not enforced',
      clock_skew_ms: info.clockSkewMs,
    },
  };
}

function pass(name: ServerCheck['name'], detail: string): ServerCheck {
  return { name, ok: true, detail };
}

function fail(name: ServerCheck['name'], detail: string): ServerCheck {
  return { name, ok: false, detail };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function checkEngine(info: EngineInfo): ServerCheck {
  const words = `Docker ${info.engineVersion} (API ${info.apiVersion}) on ${info.operatingSystem}`;
  if (info.osType !== 'linux')
    return fail('engine', `${words} runs no Linux containers. Use a Linux machine.`);
  if (isOlder(info.apiVersion, OLDEST_API_VERSION)) {
    return fail('engine', `${words} is too old. Install Docker 20.10 or later.`);
  }
  return pass('engine', words);
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}

function checkClock({ clockSkewMs }: EngineInfo): ServerCheck {
  if (Math.abs(clockSkewMs) <= MAX_CLOCK_SKEW_MS)
    return pass('clock', `${clockSkewMs} ms apart from compute`);
  const direction = clockSkewMs > 0 ? 'ahead of' : 'behind';
  const seconds = Math.round(Math.abs(clockSkewMs) / 1000);
  return fail(
    'clock',
    `Its clock is ${seconds} s ${direction} compute’s. Switch on time synchronisation on both machines.`,
  );
}

/** A long pull continues after its preflight has ended; the next one finds the image. */
async function checkImage(
  { engine, settings, images }: Preflight,
  signal: AbortSignal,
): Promise<ServerCheck> {
  const reference = settings.defaultImage;
  try {
    const found = await images.ensure(engine, reference, { signal, timeoutMs: PULL_WAIT_MS });
    if (found === 'pulling') return fail('image', `${reference} is being pulled. Wait for it.`);
    return pass('image', found === 'there' ? `${reference} is there` : `${reference} was pulled`);
  } catch (error) {
    signal.throwIfAborted();
    return fail('image', describe(error));
  }
}

interface Probe {
  runtime: ServerCheck;
  storage: ServerCheck;
  /** First line of the kernel’s log inside. */
  kernel: string;
}

async function runProbe(
  { engine, settings }: Preflight,
  info: EngineInfo,
  before: readonly ServerCheck[],
  signal: AbortSignal,
): Promise<Probe> {
  const registration = checkRegistration(info, settings.runtime);
  if (!registration.ok) return untried(registration, 'not tried: it needs the runtime');
  if (before.some(({ name, ok }) => name === 'image' && !ok)) {
    return untried(fail('runtime', 'Not tried: it needs the image.'), 'not tried: it needs the image');
  }
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
    const detail = `A container under ${settings.runtime} did not run: ${describe(error)}`;
    return untried(fail('runtime', detail), 'not tried: it needs a container');
  }
}

function untried(runtime: ServerCheck, storageDetail: string): Probe {
  return { runtime, storage: fail('storage', storageDetail), kernel: 'unknown' };
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

/** @internal Exported for its test. */
export function readProbe(output: string, registration: ServerCheck, settings: ContainerSettings): Probe {
  const kernelLines = sectionOf(output, 'kernel');
  const kernel = (kernelLines.split('\n')[0] ?? '').replace(/^\[[\s\d.]+\]\s*/, '').trim();
  const isGvisor = /gvisor/i.test(kernelLines);
  const runtime = isGvisor
    ? pass('runtime', `${registration.detail}; dmesg inside says: ${kernel}`)
    : fail(
        'runtime',
        `A container under ${settings.runtime} is not inside gVisor: dmesg says “${kernel}”. Register the real runsc.`,
      );
  const written = sectionOf(output, 'storage');
  const [, , , availableKb = '0', used = '?'] = sectionOf(output, 'space').split(/\s+/);
  const room = `${Math.floor(Number(availableKb) / 1_048_576)} GB free, ${used} used`;
  const storage =
    written === 'podex'
      ? pass(
          'storage',
          `${settings.storage} can be written; ${room}; no quota driver, disk limits are not enforced`,
        )
      : fail(
          'storage',
          `${settings.storage} cannot be written: ${written || 'no response'} (${room}). Mount or repair the volume there.`,
        );
  return { runtime, storage, kernel };
}

function sectionOf(output: string, name: string): string {
  const start = output.indexOf(`[${name}]\n`);
  if (start === -1) return '';
  const rest = output.slice(start + name.length + 3);
  const end = /^\[(kernel|storage|space)\]$/m.exec(rest);
  return (end === null ? rest : rest.slice(0, end.index)).trim();
}
