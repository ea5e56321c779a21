/**
 * Runs in a container of its own, as text, so it imports nothing but Node’s own modules. It stands where a workspace stands, under gVisor,
 * and tries to reach what a workspace must not, and what it needs. One line of JSON on stdout.
 */
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';

export interface Target {
  /** Which check it belongs to. */
  check: string;
  host: string;
  port: number;
}

export interface ProbeInput {
  /** None of them may be reached. */
  forbidden: Target[];
  /** One of them should be reached. */
  world: Target[];
  name: string;
}

export interface ProbeOutput {
  reached: Target[];
  world: Target[];
  /** The resolvers of its own resolv.conf. */
  resolvers: string[];
  /** Why none of them responded; null when one did. */
  resolverFailure: string | null;
}

const CONNECT_TIMEOUT_MS = 2_500;
const RESOLVE_TIMEOUT_MS = 2_000;
const RESOLVE_TRIES = 2;
/** Of a resolver that responds, whatever it says about the name. */
const RESPONSES = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED', 'ENOTIMP', 'EFORMERR']);

function isReached({ host, port }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, autoSelectFamily: false });
    const end = (isOpen: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isOpen);
    };
    const timer = setTimeout(() => end(false), CONNECT_TIMEOUT_MS);
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

async function reachedOf(targets: Target[]): Promise<Target[]> {
  const outcomes = await Promise.all(
    targets.map(async (target) => ({ target, isOpen: await isReached(target) })),
  );
  return outcomes.filter(({ isOpen }) => isOpen).map(({ target }) => target);
}

/** The first is enough: the others may be silent for as long as a try takes. */
async function anyOf(targets: Target[]): Promise<Target[]> {
  const first = Promise.any(
    targets.map(async (target) => {
      if (await isReached(target)) return target;
      throw new Error('It is not reached.');
    }),
  );
  return first.then(
    (target) => [target],
    () => [],
  );
}

async function resolverFailure(resolver: Resolver, name: string): Promise<string | null> {
  try {
    await resolver.resolve4(name);
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return RESPONSES.has(code) ? null : code;
  }
}

const input: ProbeInput = JSON.parse(process.argv[1] ?? '');
const resolver = new Resolver({ timeout: RESOLVE_TIMEOUT_MS, tries: RESOLVE_TRIES });
const [reached, world, failure] = await Promise.all([
  reachedOf(input.forbidden),
  anyOf(input.world),
  resolverFailure(resolver, input.name),
]);
const output: ProbeOutput = { reached, world, resolvers: resolver.getServers(), resolverFailure: failure };
process.stdout.write(`${JSON.stringify(output)}\n`);
process.exit(0);
