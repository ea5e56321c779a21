import { z } from 'zod';

/** `open`: the world, and nothing private. `allow_list`: of that, what is on the list. `deny_all`: nothing, not even names. */
export const networkMode = z.enum(['open', 'allow_list', 'deny_all']);
export type NetworkMode = z.infer<typeof networkMode>;

const ALLOWED_MAX = 100;
const HOST_LENGTH_MAX = 253;
const DESTINATION_LENGTH_MAX = HOST_LENGTH_MAX + '/32:65535-65535'.length;
const PORT_MAX = 65_535;

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** The last part is no number, which an address would have. */
const HOST_NAME = new RegExp(`^(?=.{1,${HOST_LENGTH_MAX}}$)(?:${LABEL}\\.)+(?!\\d+$)${LABEL}$`);
const DESTINATION = /^([^:/\s]+)(?:\/(\d{1,2}))?(?::(\d{1,5})(?:-(\d{1,5}))?)?$/;

/** One line of an allow list, taken apart. */
export type NetworkDestination = (
  | { kind: 'host'; host: string }
  /** In the notation of networks, as `192.0.2.7/32`. */
  | { kind: 'network'; network: string }
) & {
  /** Of TCP and UDP; null: all of them, and every other protocol. */
  ports: { from: number; to: number } | null;
};

/** Undefined when the text is no destination: `example.com`, `192.0.2.0/24`, each alone or with `:443` or `:8000-8100`. */
export function parseDestination(text: string): NetworkDestination | undefined {
  const [, name = '', bits, from, to = from] = DESTINATION.exec(text) ?? [];
  const ports = from === undefined || to === undefined ? null : { from: Number(from), to: Number(to) };
  if (ports !== null && (ports.from < 1 || ports.to < ports.from || ports.to > PORT_MAX)) return undefined;
  if (z.ipv4().safeParse(name).success) {
    if (bits !== undefined && Number(bits) > 32) return undefined;
    return { kind: 'network', network: `${name}/${Number(bits ?? 32)}`, ports };
  }
  if (bits !== undefined || !HOST_NAME.test(name)) return undefined;
  return { kind: 'host', host: name, ports };
}

export const networkDestination = z
  .string()
  .trim()
  .toLowerCase()
  .max(DESTINATION_LENGTH_MAX)
  .refine(
    (text) => parseDestination(text) !== undefined,
    'must be a host name or an IPv4 address or network, alone or with a port or a range: registry.npmjs.org:443, 203.0.113.0/24',
  )
  .meta({ example: 'registry.npmjs.org:443' });

export const networkAllowList = z.array(networkDestination).max(ALLOWED_MAX);

const LIST_FITS_MODE = {
  error: 'must be empty unless the mode is allow_list',
  path: ['allow'],
};

export const networkPolicyInput = z
  .object({
    mode: networkMode.meta({
      description:
        'open: the internet, and never private networks. allow_list: of that, only what `allow` names. deny_all: nothing, and no names either.',
    }),
    allow: networkAllowList.default([]).meta({
      description:
        'Host names, IPv4 addresses and networks, each alone or with a port or a range. Private networks stay closed whatever it says.',
    }),
  })
  .refine(({ mode, allow }) => mode === 'allow_list' || allow.length === 0, LIST_FITS_MODE)
  .meta({ id: 'NetworkPolicyInput' });
export type NetworkPolicyInput = z.infer<typeof networkPolicyInput>;

export const networkPolicy = z
  .object({
    mode: networkMode,
    allow: z.array(z.string()),
    in_force: z.boolean().meta({
      description:
        'Whether the server of the workspace holds it to this policy by now. false: it is on its way there; one that does not run gets it before it starts.',
    }),
  })
  .meta({ id: 'NetworkPolicy' });
export type NetworkPolicy = z.infer<typeof networkPolicy>;
