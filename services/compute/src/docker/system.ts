import { z } from 'zod';
import type { CallOptions, EngineClient } from './client.ts';

const PING_TIMEOUT_MS = 4_000;
const LOOK_TIMEOUT_MS = 10_000;

const runtime = z.object({ path: z.string().optional(), runtimeType: z.string().optional() });

const info = z.object({
  ID: z.string(),
  ServerVersion: z.string(),
  KernelVersion: z.string(),
  OperatingSystem: z.string(),
  OSType: z.string(),
  Architecture: z.string(),
  NCPU: z.number(),
  MemTotal: z.number(),
  SystemTime: z.string(),
  Runtimes: z.record(z.string(), runtime).nullable(),
});

const version = z.object({ ApiVersion: z.string() });

/** What an engine says about itself and its machine. */
export interface EngineInfo {
  /** The engine’s own name for itself; stays over restarts. */
  engineId: string;
  engineVersion: string;
  apiVersion: string;
  kernelVersion: string;
  operatingSystem: string;
  osType: string;
  architecture: string;
  cpus: number;
  memoryMb: number;
  /** Its clock against ours: positive when it is ahead. Half of the call’s duration is the uncertainty. */
  clockSkewMs: number;
  /** Registered runtimes by name; the value is the program or the containerd type behind the name. */
  runtimes: Readonly<Record<string, string>>;
}

export async function ping(client: EngineClient, options: CallOptions = {}): Promise<void> {
  await client.send({ call: 'ping', method: 'GET', path: '/_ping', timeoutMs: PING_TIMEOUT_MS, ...options });
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
    engineVersion: value.ServerVersion,
    apiVersion: versionResponse.value.ApiVersion,
    kernelVersion: value.KernelVersion,
    operatingSystem: value.OperatingSystem,
    osType: value.OSType,
    architecture: value.Architecture,
    cpus: value.NCPU,
    memoryMb: Math.floor(value.MemTotal / 1_048_576),
    clockSkewMs: Math.round(Date.parse(value.SystemTime) - middleMs),
    runtimes: Object.fromEntries(
      Object.entries(value.Runtimes ?? {}).map(([name, { path, runtimeType }]) => [
        name,
        path ?? runtimeType ?? '',
      ]),
    ),
  };
}
