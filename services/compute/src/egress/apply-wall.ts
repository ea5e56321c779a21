import { PodexError } from '@podex/contracts/errors';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import { oneOffSpec, runOneOff } from '../engine-jobs/one-off-container.ts';
import type { EgressRules } from './egress-rules.ts';
import { hostContainer } from './host-container.ts';
import type { PolicyRules } from './policy-rules.ts';
import { RESOLV_CONF_IN_STORAGE, type WallNames } from './wall-names.ts';

const APPLY_TIMEOUT_MS = 30_000;
const STORAGE = '/storage';
/** The kernel takes 128 KiB as one parameter, and 2 MiB in all. */
const PARAMETER_LENGTH = 65_536;
const POLICIES_LENGTH_MAX = 1_500_000;
const SERVER_ROOT = '/server';

/** Where systems keep iptables; the last is NixOS. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';

/**
 * In the helper: writes the resolvers of workspaces, unless the file has them, then goes on inside the server’s own root.
 * `$1` file, `$2` its text, then what the server’s script takes.
 */
const HELPER_SCRIPT = `
set -eu
file=$1 text=$2 script=$3
shift 3
mkdir -p "\${file%/*}"
chmod 755 "\${file%/*}"
if [ "$(cat "$file" 2>/dev/null)" != "$text" ]; then
  printf '%s\\n' "$text" >"$file.$$"
  chmod 644 "$file.$$"
  mv "$file.$$" "$file"
fi
# Several computes can be here at once: which policies are newer is for one after the other to see.
exec 9>>${SERVER_ROOT}/run/podex-wall.lock
flock -w 20 9
exec chroot ${SERVER_ROOT} /bin/sh -c "$script" wall "$@"
`;

/**
 * With the server’s own iptables, which its engine uses too: the chains and the jumps to them, in one transaction for each family. The
 * jumps are put first again each time: in FORWARD, and in DOCKER-USER, which Docker leaves to others and puts before what is there
 * whenever it starts. Policies that are older than those that are there are left out; their text comes last, in parts.
 */
const SERVER_SCRIPT = `
set -u
bridge=$1 forward=$2 input=$3 ipv4=$4 ipv6=$5
policy=$6 workspaces=$7 revision=$8
shift 8
policies=$(printf '%s' "$@")
jump() {
  if "$1" -w 10 -C "$2" -i "$bridge" -j "$3" 2>/dev/null; then echo "-D $2 -i $bridge -j $3"; fi
  echo "-I $2 1 -i $bridge -j $3"
}
policies() {
  there=$(iptables -w 10 -S "$policy" 2>/dev/null | sed -n 's/.*podex-revision-\\([0-9]*\\).*/\\1/p')
  if [ "\${there:-0}" -gt "$revision" ]; then return; fi
  printf '%s\\n' "$policies"
  iptables -w 10 -S 2>/dev/null | sed -n "s/^-N \\($workspaces.*\\)/\\1/p" | while read -r chain; do
    case "$policies" in
      *":$chain "*) ;;
      *) printf '%s\\n' "-F $chain" "-X $chain" ;;
    esac
  done
}
ipv4() {
  echo '*filter'
  policies
  printf '%s\\n' "$ipv4"
  jump iptables FORWARD "$forward"
  if iptables -w 10 -n -L DOCKER-USER >/dev/null 2>&1; then jump iptables DOCKER-USER "$forward"; fi
  jump iptables INPUT "$input"
  echo COMMIT
}
ipv6() {
  echo '*filter'
  printf '%s\\n' "$ipv6"
  jump ip6tables FORWARD "$forward"
  jump ip6tables INPUT "$input"
  echo COMMIT
}
for program in iptables iptables-restore; do
  command -v "$program" >/dev/null || { echo "missing $program"; exit 3; }
done
# The text first: while iptables-restore reads, it holds the lock that the looks need.
restore() { text=$("$1") && printf '%s\\n' "$text" | "$2-restore" --noflush -w 10 2>&1; }
# Another compute may change the same jumps at this moment: once more, then it counts.
failure=$(restore ipv4 iptables) || failure=$(restore ipv4 iptables) || { echo "$failure"; exit 4; }
if [ -e /proc/net/if_inet6 ]; then
  command -v ip6tables-restore >/dev/null || { echo "missing ip6tables-restore"; exit 3; }
  failure=$(restore ipv6 ip6tables) || failure=$(restore ipv6 ip6tables) || { echo "IPv6: $failure"; exit 4; }
fi
iptables -V
`;

/**
 * Puts the rules into the server’s packet filter, whatever of them is there already, and leaves everyone else’s alone; also writes the
 * workspaces’ `resolv.conf`. By a short-lived container with the server’s network and its root read-only: no code of a user ever runs in it.
 *
 * @returns which iptables did it.
 * @throws PodexError server_unfit with cause and cure.
 */
export async function applyWall(
  engine: Engine,
  wall: { names: WallNames; rules: EgressRules; resolvers: readonly string[]; policies: PolicyRules },
  settings: ContainerSettings,
  signal: AbortSignal,
): Promise<string> {
  const { names, rules, resolvers, policies } = wall;
  if (policies.text.length > POLICIES_LENGTH_MAX) throw tooLong();
  const spec = hostContainer(
    oneOffSpec(
      {
        purpose: 'wall-rules',
        argv: [
          ...['/bin/sh', '-c', HELPER_SCRIPT, 'helper'],
          `${STORAGE}/${RESOLV_CONF_IN_STORAGE}`,
          resolvers.map((address) => `nameserver ${address}`).join('\n'),
          SERVER_SCRIPT,
          ...[names.bridge, names.forwardChain, names.inputChain, rules.ipv4, rules.ipv6],
          ...[names.policyChain, names.workspaceChains, String(policies.revision)],
          ...partsOf(policies.text),
        ],
        binds: [
          `/:${SERVER_ROOT}:ro`,
          // The lock of iptables.
          `/run:${SERVER_ROOT}/run`,
          `${settings.storage}:${STORAGE}`,
        ],
        capabilities: ['DAC_OVERRIDE', 'NET_ADMIN', 'NET_RAW', 'SYS_CHROOT'],
      },
      settings,
    ),
  );
  const withPath = { ...spec, Env: [`PATH=${PATH}`] };
  const { exitCode, output } = await runOneOff(engine, withPath, { signal, timeoutMs: APPLY_TIMEOUT_MS });
  if (exitCode === 0) return output.trim();
  throw unfit(exitCode, output.trim().slice(-500));
}

function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length; from += PARAMETER_LENGTH) {
    parts.push(text.slice(from, from + PARAMETER_LENGTH));
  }
  return parts;
}

function tooLong(): PodexError {
  const reason =
    'The network policies of its workspaces are more than it can hold. Shorten their lists, or move some to another server.';
  return new PodexError('server_unfit', reason, { reason });
}

const MISSING = 3;

function unfit(exitCode: number, words: string): PodexError {
  const reason =
    exitCode === MISSING
      ? `Its packet filter cannot be set: ${words.replace('missing ', '')} is not installed. Install iptables there.`
      : `Its packet filter refused the rules for workspaces: ${words || `exit code ${exitCode}`}. Check with \`iptables -S\` there.`;
  return new PodexError('server_unfit', reason, { reason });
}
