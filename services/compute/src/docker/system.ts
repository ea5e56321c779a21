import { z } from 'zod';
import type { CallOptions, EngineClient } from './client.ts';

const PING_TIMEOUT_MS = 3_000;
const LOOK_TIMEOUT_MS = 10_000;

const WORDS_LENGTH = 200;
const MAX_RUNTIMES = 100;

/** What a server says of itself goes to people and into the database: no more of it than an honest one says. */
const words = z.string().transform((text) => text.slice(0, WORDS_LENGTH));
/** Less than nothing is nothing; more than any machine has is bounded by what is registered. */
const amount = z
  .number()
  .transform((value) => Math.min(Math.max(0, Math.floor(value)), Number.MAX_SAFE_INTEGER));

const runtime = z.object({ path: words.optional(), runtimeType: words.optional() });

const info = z.object({
  ID: words,
  ServerVersion: words,
  KernelVersion: words,
  OperatingSystem: words,
  OSType: words,
  Architecture: words,
  DockerRootDir: words.default(''),
  NCPU: amount,
  MemTotal: amount,
  SystemTime: words,
  Runtimes: z.record(z.string(), runtime).nullable(),
  CgroupVersion: z.string().optional(),
  LiveRestoreEnabled: z.boolean().optional(),
});

const version = z.object({ ApiVersion: words });

/** What an engine says about itself and its machine. */
export interface EngineInfo {
  /** The engine’s own name for itself; stays over restarts. */
  engineId: string;
  /** Where it keeps its data: no two engines of one machine share that, and all of them can have one id. */
  dataRoot: string;
  engineVersion: string;
  apiVersion: string;
  kernelVersion: string;
  operatingSystem: string;
  osType: string;
  architecture: string;
  cpus: number;
  memoryMb: number;
  /** Of its control groups. */
  cgroupVersion: '1' | '2';
  /** Containers go on while it is restarted. */
  liveRestore: boolean;
  /** Its clock against ours: positive when it is ahead. Half of the call’s duration is the uncertainty. */
  clockSkewMs: number;
  /** Registered runtimes by name; the value is the program or the containerd type behind the name. */
  runtimes: Readonly<Record<string, string>>;
}

export async function ping(client: EngineClient, options: CallOptions = {}): Promise<void> {
  await client.send({
    call: 'ping',
    method: 'GET',
    path: '/_ping',
    timeoutMs: PING_TIMEOUT_MS,
    guard: 'free',
    ...options,
  });
}

export async function readInfo(client: EngineClient, options: CallOptions = {}): Promise<EngineInfo> {
  const limits = { timeoutMs: LOOK_TIMEOUT_MS, ...options };
  const versionResponse = await client.request(version, {
    call: 'version',
    method: 'GET',
    path: '/version',
    ...limits,
  });
  const askedAtMs = Date.now();
  const response = await client.request(info, { call: 'info', method: 'GET', path: '/info', ...limits });
  const middleMs = (askedAtMs + Date.now()) / 2;
  if (versionResponse.status !== 'ok' || response.status !== 'ok')
    throw new Error('The engine returned an error for /info or /version.');
  const { value } = response;
  return {
    engineId: value.ID,
    dataRoot: value.DockerRootDir,
    engineVersion: value.ServerVersion,
    apiVersion: versionResponse.value.ApiVersion,
    kernelVersion: value.KernelVersion,
    operatingSystem: value.OperatingSystem,
    osType: value.OSType,
    architecture: value.Architecture,
    cpus: value.NCPU,
    memoryMb: Math.floor(value.MemTotal / 1_048_576),
    cgroupVersion: value.CgroupVersion === '2' ? '2' : '1',
    liveRestore: value.LiveRestoreEnabled ?? false,
    // One that says no time is as far away as one whose clock never ran.
    clockSkewMs: Math.round((Date.parse(value.SystemTime) || 0) - middleMs),
    runtimes: Object.fromEntries(
      Object.entries(value.Runtimes ?? {})
        .slice(0, MAX_RUNTIMES)
        .map(([name, { path, runtimeType }]) => [name, path ?? runtimeType ?? '']),
    ),
  };
}
