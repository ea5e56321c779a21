import { readFile } from 'node:fs/promises';

/** Networks that a workspace has no business in: private ones, carrier-grade NAT, link-local with the metadata service. */
const PRIVATE_NETWORKS = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '100.64.0.0/10'];

/** What containers send on through the machine passes this chain, from the one that Docker leaves to others. */
const FORWARD_CHAIN = 'PODEX-EGRESS';
/** What containers send to the machine itself passes this one. */
const INPUT_CHAIN = 'PODEX-INPUT';

export interface EgressPolicyOptions {
  /**
   * What iptables matches as coming from a container: `['-i', 'podex-1a2b3c4d']` for one bridge, or
   * `['!', '-i', 'eth0']` where everything that does not come from outside is a container.
   */
  fromContainers: string[];
  /** Addresses that containers may ask for names. */
  resolvers: string[];
  /** Runs a program where the engine's packet filter is, and throws when it fails. */
  run: (command: string, args: string[], options: { input?: string }) => Promise<unknown>;
}

/**
 * Containers may reach the world and the resolvers, and nothing else: no private network, no metadata service,
 * not each other's machines, not this machine. Answers to connections made from outside pass. Replaces what an
 * earlier call set and leaves everyone else's rules alone; lasts until the machine (or network namespace) ends.
 * The engine must have been started once, because it makes the chain that it lets others fill.
 */
export async function applyEgressPolicy({
  fromContainers,
  resolvers,
  run,
}: EgressPolicyOptions): Promise<void> {
  await run('iptables-restore', ['--noflush', '--wait', '10'], { input: egressRules(resolvers) });
  const jumps = [
    ['DOCKER-USER', ...fromContainers, '-j', FORWARD_CHAIN],
    ['INPUT', ...fromContainers, '-j', INPUT_CHAIN],
  ];
  for (const jump of jumps) {
    try {
      await run('iptables', ['--wait', '10', '--check', ...jump], {});
    } catch {
      await run('iptables', ['--wait', '10', '--insert', ...jump], {});
    }
  }
}

/** Both chains in the form of iptables-restore; naming a chain there empties it. */
export function egressRules(resolvers: string[]): string {
  const answers = '-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN';
  return [
    '*filter',
    `:${FORWARD_CHAIN} - [0:0]`,
    `:${INPUT_CHAIN} - [0:0]`,
    `-A ${FORWARD_CHAIN} ${answers}`,
    ...resolvers.flatMap((address) =>
      ['udp', 'tcp'].map(
        (protocol) => `-A ${FORWARD_CHAIN} -d ${address} -p ${protocol} --dport 53 -j RETURN`,
      ),
    ),
    ...PRIVATE_NETWORKS.map((network) => `-A ${FORWARD_CHAIN} -d ${network} -j REJECT`),
    `-A ${INPUT_CHAIN} ${answers}`,
    `-A ${INPUT_CHAIN} -j REJECT`,
    'COMMIT',
    '',
  ].join('\n');
}

/** The IPv4 resolvers of this machine, as containers get them: one on localhost is of no use to them. */
export async function readResolvers(file = '/etc/resolv.conf'): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  const addresses = [...text.matchAll(/^nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)].map(
    (match) => match[1] ?? '',
  );
  return addresses.filter((address) => !address.startsWith('127.'));
}
