import { rm } from 'node:fs/promises';
import path from 'node:path';
import { removeTestbedNetwork, testbedNetwork } from './network.ts';
import { removeDirectory } from './remove-directory.ts';
import { runCommand } from './run-command.ts';

/** Testbeds that can run side by side on one machine; each has a /24 and names of its own. */
const SLOT_COUNT = 32;
const SLOTS_DIRECTORY = '/run/podex-testbed';
const CLAIM_TIMEOUT_MS = 10_000;

/** A testbed's number on this machine; disposing gives it back. */
export interface TestbedSlot extends AsyncDisposable {
  slot: number;
}

/**
 * Prints the slot that it took for the process $2 and the folder $3, and the folder of the testbed before, if
 * that was abandoned. Abandoned slots come first, so that what a killed test run left is cleared up soon.
 *
 * An owner is a pid with its start time (field 22 of its stat), because a pid alone may by now be another process.
 */
const CLAIM_SCRIPT = `
cd "$0"
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
take() { printf '%s %s\\n%s\\n' "$2" "$(started "$2")" "$3" >"$4"; }
for slot in $(seq 0 $(($1 - 1))); do
  [ -e "$slot" ] || continue
  { read -r pid start; read -r directory; } <"$slot"
  [ "$(started "$pid")" != "$start" ] || continue
  take "$@" "$slot"; echo "$slot $directory"; exit
done
for slot in $(seq 0 $(($1 - 1))); do
  [ ! -e "$slot" ] || continue
  take "$@" "$slot"; echo "$slot"; exit
done
`;

/**
 * Takes a slot, and clears up what an abandoned testbed left in it: hosts, network and folder.
 *
 * @throws when all slots are in use by living processes.
 */
export async function claimSlot(directory: string): Promise<TestbedSlot> {
  await runCommand('mkdir', ['-p', SLOTS_DIRECTORY]);
  const claim = [
    'bash',
    '-c',
    CLAIM_SCRIPT,
    SLOTS_DIRECTORY,
    String(SLOT_COUNT),
    String(process.pid),
    directory,
  ];
  const output = await runCommand('flock', [path.join(SLOTS_DIRECTORY, 'lock'), ...claim], {
    timeoutMs: CLAIM_TIMEOUT_MS,
  });
  const [, number, abandoned] = /^(\d+) ?(.*)$/.exec(output) ?? [];
  if (number === undefined)
    throw new Error(`all ${SLOT_COUNT} testbeds of this machine are in use (${SLOTS_DIRECTORY})`);
  const slot = Number(number);
  await removeTestbedNetwork(testbedNetwork(slot));
  if (abandoned && abandoned !== directory) await removeDirectory(abandoned);
  return { slot, [Symbol.asyncDispose]: () => rm(path.join(SLOTS_DIRECTORY, number), { force: true }) };
}
