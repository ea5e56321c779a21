/**
 * Runs in a container of its own on the server’s network, as text, so it imports nothing but Node’s own modules. It asks each resolver of
 * workspaces for the addresses of names. One line of JSON on stdout.
 */
import { Resolver } from 'node:dns/promises';

export interface NamesInput {
  resolvers: readonly string[];
  hosts: readonly string[];
}

/** IPv4 addresses by name; a name that nobody knows, or that was not answered, has none. */
export interface NamesOutput {
  addresses: Record<string, string[]>;
}

const RESOLVE_TIMEOUT_MS = 2_000;
const RESOLVE_TRIES = 2;
const AT_ONCE = 200;
/** What was not found by then is closed until the next look. */
const DEADLINE_MS = 8_000;
/** A name that gives more is no list of servers. */
const ADDRESSES_MAX = 64;

async function addressesOf(host: string, resolvers: readonly Resolver[]): Promise<string[]> {
  const answers = await Promise.all(
    resolvers.map((resolver) => resolver.resolve4(host).catch((): string[] => [])),
  );
  return [...new Set(answers.flat())].sort().slice(0, ADDRESSES_MAX);
}

const input: NamesInput = JSON.parse(process.argv[1] ?? '');
const resolvers = input.resolvers.map((address) => {
  const resolver = new Resolver({ timeout: RESOLVE_TIMEOUT_MS, tries: RESOLVE_TRIES });
  resolver.setServers([address]);
  return resolver;
});
const addresses: NamesOutput['addresses'] = {};

function tell(): never {
  process.stdout.write(`${JSON.stringify({ addresses } satisfies NamesOutput)}\n`);
  process.exit(0);
}

setTimeout(tell, DEADLINE_MS);
for (let from = 0; from < input.hosts.length; from += AT_ONCE) {
  const hosts = input.hosts.slice(from, from + AT_ONCE);
  await Promise.all(
    hosts.map(async (host) => {
      addresses[host] = await addressesOf(host, resolvers);
    }),
  );
}
tell();
