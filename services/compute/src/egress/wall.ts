import { PodexError } from '@podex/contracts/errors';
import type { ServerCheck } from '@podex/contracts/servers';
import { z } from 'zod';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import type { EngineInfo } from '../docker/system.ts';
import type { RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import type { NetworkPolicies } from './network-policies.ts';
import { tryWall } from './try-wall.ts';
import { serverProgram, startProgram, type WallContainers, workspaceProgram } from './wall-container.ts';
import { wallNames } from './wall-names.ts';
import { ensureWallNetwork, findWallBridge } from './wall-network.ts';
import type { Witness } from './witness-program.ts';

/** A first fill sends Node to the server. Longer ones go on, and the next check finds the end. */
const RUNTIME_WAIT_MS = 20_000;
const WITNESS_TIMEOUT_MS = 20_000;
const DEFAULT_MTU = 1500;
/** glibc asks no more. */
const RESOLVERS_MAX = 3;

const witnessOutput: z.ZodType<Witness> = z.object({
  port: z.number(),
  addresses: z.array(z.string()),
  openPorts: z.array(z.number()),
  router: z.string().nullable(),
  mtu: z.number().nullable(),
  resolvers: z.array(z.string()),
});

export interface WallOptions {
  engine: Engine;
  info: EngineInfo;
  runtimes: RuntimeVolumes;
  settings: ContainerSettings;
  policies: Pick<NetworkPolicies, 'raise'>;
}

/**
 * Makes the network of workspaces and the rules around it on a server, whatever of both is there already, and then tries from inside
 * whether they hold. The checks say what was found, with cause and cure. Does not throw for what the server does.
 */
export async function raiseWall(options: WallOptions, signal: AbortSignal): Promise<ServerCheck[]> {
  const { engine, runtimes, settings } = options;
  const created: string[] = [];
  const onCreated = (id: string) => void created.push(id);
  const checks: ServerCheck[] = [];
  try {
    const runtime = await runtimes.ensure(engine, { signal, timeoutMs: RUNTIME_WAIT_MS });
    if (runtime === 'filling') {
      return [fail('egress_rules', 'The server is being made ready for its first workspace. Wait for it.')];
    }
    const wall = { engine, runtime, settings };
    const host = await startWitness(wall, await serverProgram(wall, 'witness'), onCreated, signal);
    const gateway = await build(options, host.told, checks, signal);
    const neighbour = await startWitness(wall, await workspaceProgram(wall, 'witness'), onCreated, signal);
    const scene = {
      host: host.told,
      neighbour: { address: neighbour.address, port: neighbour.told.port },
      gateway,
      engine: engine.identity.address,
      resolvers: resolversOf(settings, host.told),
    };
    checks.push(...(await tryWall(wall, scene, { signal, onCreated })));
  } catch (error) {
    signal.throwIfAborted();
    // Somebody may have removed the volume.
    runtimes.forget(engine.identity.serverId);
    checks.push(fail('egress_rules', messageOf(error)));
  } finally {
    await Promise.allSettled(created.map((id) => engine.containers.remove(id)));
  }
  return checks;
}

function startWitness(
  wall: WallContainers,
  spec: Awaited<ReturnType<typeof workspaceProgram>>,
  onCreated: (id: string) => void,
  signal: AbortSignal,
) {
  return startProgram(wall, spec, witnessOutput, { signal, timeoutMs: WITNESS_TIMEOUT_MS, onCreated });
}

/** Rules first: the bridge that they are about need not be there, and nothing stands on it without them. */
async function build(
  { engine, info, settings, policies }: WallOptions,
  host: Witness,
  checks: ServerCheck[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const names = wallNames(info, await findWallBridge(engine, { signal }));
  const program = await policies.raise(engine, { names, resolvers: resolversOf(settings, host) }, signal);
  const mtu = Math.min(host.mtu ?? DEFAULT_MTU, DEFAULT_MTU);
  const network = await ensureWallNetwork(engine, { bridge: names.bridge, mtu }, { signal });
  const notice = network.notice === undefined ? '' : `; ${network.notice}`;
  checks.push({
    name: 'egress_rules',
    ok: true,
    detail: `set by ${program} for the network ${network.name} (${names.bridge}, MTU ${mtu})${notice}`,
  });
  return network.gateway;
}

/** Over IPv4: workspaces have no IPv6. */
function resolversOf({ dnsServers }: ContainerSettings, host: Witness): string[] {
  const wanted = (dnsServers ?? host.resolvers).filter((address) => !address.includes(':'));
  if (wanted.length > 0) return wanted.slice(0, RESOLVERS_MAX);
  const reason =
    dnsServers === undefined
      ? 'It has no name server that workspaces can reach: its resolv.conf names none over IPv4, or only itself.'
      : 'COMPUTE_DNS_SERVERS names no server over IPv4, and workspaces have no IPv6.';
  const cure = 'Set COMPUTE_DNS_SERVERS, e.g. to 1.1.1.1,9.9.9.9.';
  throw new PodexError('server_unfit', `${reason} ${cure}`, { reason });
}

function fail(name: ServerCheck['name'], detail: string): ServerCheck {
  return { name, ok: false, detail };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
