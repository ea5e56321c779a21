import type { WallNames } from './wall-names.ts';

/** Networks that a workspace has no business in. Those for documentation are left out: nobody routes them, and laboratories use them as their world. */
export const REFUSED_NETWORKS = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT; metadata of Alibaba
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // the wire server of Azure, which gives machines their secrets
  '169.254.0.0/16', // link-local; metadata of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments; metadata of Oracle
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved; broadcast
] as const;

/**
 * Only packets of connections that were begun from outside: one that a workspace itself began while rules were missing is judged again
 * with every packet.
 */
const ANSWERS = '-m conntrack --ctstate ESTABLISHED,RELATED --ctdir REPLY -j RETURN';

export interface EgressRules {
  /** Lines for `iptables-restore --noflush`, table filter. Naming a chain empties it. The chain of policies is named elsewhere. */
  ipv4: string;
  /** For `ip6tables-restore`, likewise. */
  ipv6: string;
}

/**
 * What comes from the bridge of workspaces may go to the world and ask the resolvers for names, and nothing else: no private network, no
 * metadata service, not the server, not each other, nothing over IPv6.
 */
export function egressRules(
  { forwardChain, inputChain, policyChain }: WallNames,
  resolvers: readonly string[],
): EgressRules {
  const chains = [`:${forwardChain} - [0:0]`, `:${inputChain} - [0:0]`];
  const names = (chain: string) =>
    resolvers.flatMap((address) =>
      ['udp', 'tcp'].map((protocol) => `-A ${chain} -d ${address}/32 -p ${protocol} --dport 53 -j RETURN`),
    );
  return {
    ipv4: [
      ...chains,
      // Before what passes: a connection that is open when a policy comes is cut by it.
      `-A ${forwardChain} -j ${policyChain}`,
      `-A ${forwardChain} ${ANSWERS}`,
      ...names(forwardChain),
      ...REFUSED_NETWORKS.map((network) => `-A ${forwardChain} -d ${network} -j REJECT`),
      `-A ${inputChain} -j ${policyChain}`,
      `-A ${inputChain} ${ANSWERS}`,
      // A resolver may be the server itself.
      ...names(inputChain),
      `-A ${inputChain} -j REJECT`,
    ].join('\n'),
    ipv6: [...chains, `-A ${forwardChain} -j REJECT`, `-A ${inputChain} -j REJECT`].join('\n'),
  };
}
