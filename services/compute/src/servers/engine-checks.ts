import type { ServerRecord } from '@podex/contracts/internal/compute';
import type { ServerCheck } from '@podex/contracts/servers';
import type { EngineInfo } from '../docker/system.ts';
import { fail, pass, warn } from './checks.ts';

const OLDEST_ENGINE = '20.10';
/** Of Docker Engine 20.10. */
const OLDEST_API_VERSION = '1.41';
const CLOCK_WARN_MS = 2_000;
const CLOCK_FAIL_MS = 10_000;
/** A machine shows a little less memory than it was sold with, and a file system less than its disk. */
const SIZE_TOLERANCE = 0.1;

/** What the engine says of itself, against what is needed and what is registered. */
export function checkEngine(info: EngineInfo, record: ServerRecord): ServerCheck[] {
  return [
    checkSystem(info),
    checkVersion(info),
    ...(record.docker_socket === null ? [checkIdentity(info, record)] : []),
    checkClock(info),
  ];
}

function checkSystem(info: EngineInfo): ServerCheck {
  const words = `${info.operatingSystem}, ${info.architecture}, kernel ${info.kernelVersion}`;
  return info.osType === 'linux'
    ? pass('engine', `It responds: ${words}.`)
    : fail('engine', `It runs no Linux containers: ${words}. Use a Linux machine.`);
}

function checkVersion(info: EngineInfo): ServerCheck {
  const words = `Docker ${info.engineVersion} (API ${info.apiVersion})`;
  return isOlder(info.apiVersion, OLDEST_API_VERSION)
    ? fail('engine_version', `${words} is too old. Install Docker ${OLDEST_ENGINE} or later.`)
    : pass('engine_version', `${words}; ${OLDEST_ENGINE} or later is needed.`);
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}

/** An engine keeps its id over restarts and reboots: another id is another machine, or its data is gone. */
function checkIdentity(info: EngineInfo, { name, engine_id: known }: ServerRecord): ServerCheck {
  if (known === null) return pass('engine_identity', `${info.engineId}; it is this server’s from now on.`);
  if (known === info.engineId) return pass('engine_identity', `${known}, as when it was registered.`);
  return fail(
    'engine_identity',
    `Another engine responds at this address: ${info.engineId}, and not ${known}. ` +
      `Correct the address; if the server was set up anew and its workspaces are gone, run podex servers check ${name} --accept-engine, or remove and add it.`,
  );
}

function checkClock({ clockSkewMs }: EngineInfo): ServerCheck {
  const apartMs = Math.abs(clockSkewMs);
  if (apartMs <= CLOCK_WARN_MS) return pass('clock', `${clockSkewMs} ms apart from compute.`);
  const direction = clockSkewMs > 0 ? 'ahead of' : 'behind';
  const detail = `Its clock is ${Math.round(apartMs / 1000)} s ${direction} compute’s. Turn on time synchronisation on both machines.`;
  return apartMs <= CLOCK_FAIL_MS ? warn('clock', detail) : fail('clock', detail);
}

/** @param diskTotalGb undefined when the storage could not be looked at. */
export function checkCapacity(
  info: EngineInfo,
  record: ServerRecord,
  diskTotalGb: number | undefined,
): ServerCheck {
  const figures = [
    { what: 'CPU', registered: record.total_cpu, found: info.cpus, unit: '' },
    { what: 'memory', registered: record.total_memory_mb, found: info.memoryMb, unit: ' MB' },
    ...(diskTotalGb === undefined
      ? []
      : [{ what: 'disk', registered: record.total_disk_gb, found: diskTotalGb, unit: ' GB' }]),
  ];
  const tooMuch = figures.filter(({ registered, found }) => registered * (1 - SIZE_TOLERANCE) > found);
  const words = (of: typeof figures, both: boolean) =>
    of
      .map(({ what, registered, found, unit }) =>
        both
          ? `${what}: ${registered}${unit} registered, ${found}${unit} there`
          : `${what}: ${registered} of ${found}${unit}`,
      )
      .join('; ');
  if (tooMuch.length === 0) return pass('capacity', `Registered ${words(figures, false)}.`);
  return warn(
    'capacity',
    `It has less than was registered (${words(tooMuch, true)}). The smaller figure counts; correct the registration.`,
  );
}
