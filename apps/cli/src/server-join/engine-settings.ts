import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import type { EngineRuntime } from '../engine/detect-engine.ts';

/** What the engine is to do from now on, beside what it does already. */
export interface WantedSettings {
  /** The address and port on which it takes compute’s connections. */
  listen: { address: string; port: number };
  /** Listeners of its command line, which cannot stand both there and in the file. */
  movedHosts: readonly string[];
  certificates: { ca: string; cert: string; key: string };
  /** Undefined: gVisor is not installed, or registered already. */
  runsc: EngineRuntime | undefined;
}

const LOCAL_SOCKET = 'unix:///var/run/docker.sock';
const UNIX = 'unix://';
const TLS_PORT = '2376';

const settingsFile = z.looseObject({
  hosts: z.array(z.string()).optional(),
  runtimes: z.record(z.string(), z.unknown()).optional(),
});
export type EngineSettings = z.infer<typeof settingsFile>;

/** @throws CliError when the text is not what an engine reads: it is then left as it is. */
export function parseEngineSettings(file: string, text: string): EngineSettings {
  if (text.trim() === '') return {};
  try {
    return settingsFile.parse(JSON.parse(text));
  } catch (error) {
    throw new CliError(`${file} is not what a docker engine reads; it was left as it is`, {
      cure: `put it right first: dockerd --validate --config-file ${file}`,
      exitCode: EXIT.configuration,
      cause: error,
    });
  }
}

/** Everything that was set stays, but for what keeps strangers from the engine. */
export function mergeEngineSettings(current: EngineSettings, wanted: WantedSettings): EngineSettings {
  const { ca, cert, key } = wanted.certificates;
  return {
    ...current,
    hosts: mergeHosts([...(current.hosts ?? []), ...wanted.movedHosts], wanted.listen),
    tlsverify: true,
    tlscacert: ca,
    tlscert: cert,
    tlskey: key,
    'live-restore': true,
    ...(wanted.runsc === undefined ? {} : { runtimes: { ...current.runtimes, runsc: wanted.runsc } }),
  };
}

/** Path of the socket on which the engine takes this machine’s own programs. */
export function localSocketOf({ hosts = [] }: EngineSettings): string {
  const socket = hosts.find((host) => host.startsWith(UNIX)) ?? LOCAL_SOCKET;
  return socket.slice(UNIX.length);
}

/** What changes, a line each, for people. */
export function describeChanges(before: EngineSettings, after: EngineSettings): string[] {
  return Object.keys(after)
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => {
      const was = before[name] === undefined ? '' : ` (was ${JSON.stringify(before[name])})`;
      return `${name}: ${JSON.stringify(after[name])}${was}`;
    });
}

/** One listener of the port: two cannot share it, and the one that is asked for is the narrower. */
function mergeHosts(hosts: readonly string[], { address, port }: WantedSettings['listen']): string[] {
  const others = hosts.filter((host) => portOf(host) !== String(port));
  const isLocal = others.some((host) => /^(unix|fd):/.test(host));
  const wanted = `tcp://${isIPv6(address) ? `[${address}]` : address}:${port}`;
  return [...new Set([...(isLocal ? [] : [LOCAL_SOCKET]), ...others, wanted])];
}

/** Undefined for a listener that is no port. */
function portOf(host: string): string | undefined {
  const rest = /^tcp:\/\/(.*)$/.exec(host)?.[1];
  return rest === undefined ? undefined : (/:(\d+)\/?$/.exec(rest)?.[1] ?? TLS_PORT);
}
