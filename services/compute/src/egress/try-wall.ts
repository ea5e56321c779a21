import type { ServerCheck } from '@podex/contracts/servers';
import { z } from 'zod';
import type { ProbeInput, ProbeOutput, Target } from './probe-program.ts';
import {
  forbiddenTargets,
  WALL_TRIES,
  type WallScene,
  type WallTry,
  WORLD_TARGETS,
} from './probe-targets.ts';
import { startProgram, type WallContainers, workspaceProgram } from './wall-container.ts';

const PROBE_TIMEOUT_MS = 20_000;
const NAME = 'example.com';
const EXAMPLES_SHOWN = 5;

const target = z.object({ check: z.string(), host: z.string(), port: z.number() });
const probeOutput: z.ZodType<ProbeOutput> = z.object({
  reached: z.array(target),
  world: z.array(target),
  resolvers: z.array(z.string()),
  resolverFailure: z.string().nullable(),
});

const WHAT: Readonly<Record<WallTry, string>> = {
  egress_metadata: 'the metadata service of the cloud',
  egress_host: 'the server itself',
  egress_engine: 'the Docker engine',
  egress_neighbours: 'another workspace',
  egress_private: 'private networks',
  egress_ipv6: 'the network over IPv6',
};

const RULES_CURE =
  'Look with `iptables -S` there for a rule that admits it before those of Podex, and remove it.';

const CURE: Readonly<Record<WallTry, string>> = {
  egress_metadata: RULES_CURE,
  egress_host: RULES_CURE,
  egress_engine: RULES_CURE,
  egress_neighbours:
    'Load the kernel module br_netfilter there and set net.bridge.bridge-nf-call-iptables=1; do not start the engine with --iptables=false.',
  egress_private: RULES_CURE,
  egress_ipv6: RULES_CURE,
};

/**
 * From where a workspace stands, tries to reach what it must not, and what it needs.
 *
 * @param onCreated gets the container, which the caller removes.
 */
export async function tryWall(
  wall: WallContainers,
  scene: WallScene,
  options: { signal: AbortSignal; onCreated: (id: string) => void },
): Promise<ServerCheck[]> {
  const forbidden = forbiddenTargets(scene);
  const input: ProbeInput = { forbidden, world: WORLD_TARGETS, name: NAME };
  const spec = await workspaceProgram(wall, 'probe', [JSON.stringify(input)]);
  const { told } = await startProgram(wall, spec, probeOutput, { ...options, timeoutMs: PROBE_TIMEOUT_MS });
  return wallChecks(forbidden, scene.resolvers, told);
}

/** @internal Exported for its test. */
export function wallChecks(
  forbidden: readonly Target[],
  resolvers: readonly string[],
  output: ProbeOutput,
): ServerCheck[] {
  return [
    ...WALL_TRIES.map((name) => wallCheck(name, forbidden, output.reached)),
    resolverCheck(resolvers, output),
    internetCheck(output),
  ];
}

function wallCheck(name: WallTry, forbidden: readonly Target[], reached: readonly Target[]): ServerCheck {
  const tried = forbidden.filter(({ check }) => check === name);
  const open = reached.filter(({ check }) => check === name);
  if (open.length > 0) {
    const detail = `A workspace reaches ${WHAT[name]} (${examples(open)}). ${CURE[name]}`;
    return { name, ok: false, detail };
  }
  if (tried.length === 0) return { name, ok: true, detail: 'there is nothing to reach' };
  return { name, ok: true, detail: `a workspace does not reach ${WHAT[name]} (${examples(tried)})` };
}

function examples(targets: readonly Target[]): string {
  const shown = targets.slice(0, EXAMPLES_SHOWN).map(({ host, port }) => `${bracketed(host)}:${port}`);
  const others = targets.length - shown.length;
  return [...shown, ...(others > 0 ? [`${others} more`] : [])].join(', ');
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function resolverCheck(resolvers: readonly string[], output: ProbeOutput): ServerCheck {
  const name = 'resolver';
  const listed = resolvers.join(', ');
  if (output.resolvers.join() !== resolvers.join()) {
    const detail = `A workspace asks ${output.resolvers.join(', ') || 'nobody'} for names, and not ${listed}. Check that the storage is the same folder for the engine and for Podex.`;
    return { name, ok: false, detail };
  }
  if (output.resolverFailure === null) return { name, ok: true, detail: `${listed} respond to a workspace` };
  const detail = `No name server responds to a workspace (${listed}: ${output.resolverFailure}). Set COMPUTE_DNS_SERVERS to some that do.`;
  return { name, ok: false, detail };
}

/** A fleet may be meant to have none, so this is a warning. */
function internetCheck({ world }: ProbeOutput): ServerCheck {
  const name = 'internet';
  const [reached] = world;
  if (reached !== undefined) return { name, ok: true, detail: `a workspace reaches ${examples([reached])}` };
  const detail = `Warning: a workspace does not reach the internet (${examples(WORLD_TARGETS)}). If it should, check the server’s way out, IP forwarding and NAT.`;
  return { name, ok: true, detail };
}
