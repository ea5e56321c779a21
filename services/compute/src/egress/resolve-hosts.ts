import { z } from 'zod';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import type { RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import type { NamesInput, NamesOutput } from './names-program.ts';
import { serverProgram, startProgram } from './wall-container.ts';

const RUNTIME_WAIT_MS = 20_000;
const PROGRAM_TIMEOUT_MS = 30_000;
/** Below what the kernel takes as one parameter, at the length that a name can have. */
const HOSTS_AT_ONCE = 400;

const namesOutput: z.ZodType<NamesOutput> = z.object({
  addresses: z.record(z.string(), z.array(z.ipv4())),
});

/** Asks the resolvers of workspaces for the IPv4 addresses of names, from where the server stands. */
export type ResolveHosts = (
  engine: Engine,
  input: NamesInput,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, readonly string[]>>>;

/** With a short-lived container on the server’s network, which nobody’s code runs in. */
export function createResolveHosts(runtimes: RuntimeVolumes, settings: ContainerSettings): ResolveHosts {
  return async (engine, { hosts, resolvers }, signal) => {
    const runtime = await runtimes.ensure(engine, { signal, timeoutMs: RUNTIME_WAIT_MS });
    if (runtime === 'filling') return {};
    const wall = { engine, runtime, settings };
    const addresses: Record<string, readonly string[]> = {};
    for (let from = 0; from < hosts.length; from += HOSTS_AT_ONCE) {
      const input: NamesInput = { resolvers, hosts: hosts.slice(from, from + HOSTS_AT_ONCE) };
      const spec = await serverProgram(wall, 'names', [JSON.stringify(input)]);
      const created: string[] = [];
      try {
        const { told } = await startProgram(wall, spec, namesOutput, {
          signal,
          timeoutMs: PROGRAM_TIMEOUT_MS,
          onCreated: (id) => void created.push(id),
        });
        Object.assign(addresses, told.addresses);
      } finally {
        await Promise.allSettled(created.map((id) => engine.containers.remove(id)));
      }
    }
    return addresses;
  };
}
