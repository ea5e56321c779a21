const USUAL_PORT = 22;
const WITH_VALUE = new Set(['-o', '-p']);
const ALONE = new Set(['-4', '-6', '-T', '-x']);

export interface GitCall {
  /** In small letters, with its port where that is not the usual one. */
  host: string;
  repository: string;
  /** As a line of known_hosts begins. */
  knownAs: string;
  alias: string;
  /** All but what is run at the host. */
  beforeCommand: string[];
}

/** What git asks ssh for. Undefined: not in the form that git has, and nothing to answer with a key. */
export function gitCall(args: readonly string[]): GitCall | undefined {
  let port = USUAL_PORT;
  let at = 0;
  for (; args[at]?.startsWith('-'); at += 1) {
    const option = args[at] ?? '';
    if (ALONE.has(option)) continue;
    if (!WITH_VALUE.has(option)) return undefined;
    at += 1;
    if (option === '-p') port = Number(args[at]);
  }
  const [destination, command, ...more] = args.slice(at);
  const repository = /^git[ -](?:upload-pack|receive-pack|upload-archive) '(.*)'$/s.exec(command ?? '')?.[1];
  if (destination === undefined || repository === undefined || more.length > 0) return undefined;
  const name = destination.slice(destination.lastIndexOf('@') + 1).toLowerCase();
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(name) || !Number.isInteger(port)) return undefined;
  const host = port === USUAL_PORT ? name : `${name}:${port}`;
  // Only so is a name of known_hosts the same whatever port, address or alias ssh ends up with.
  const alias = `podex-${host.replace(':', '-')}`;
  return { host, repository, knownAs: alias, alias, beforeCommand: args.slice(0, at + 1) };
}
