import { readdir, readFile, readlink } from 'node:fs/promises';
import { type Command, command } from '@podex/contracts/commands';
import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';

/** `ps` shows what it was started with. */
const IS_WAITING_SHELL =
  'case "$(tr "\\0" " " < /proc/$$/cmdline)" in *PODEX_COMMAND*) echo spare;; *) echo own;; esac';
const SECRET = "a value with `quotes` and $dollars\nand a second line's end";

describe('a command in the shell that waits', () => {
  let daemon: RunningTestDaemon;
  beforeAll(async () => {
    daemon = await startTestDaemon({ shellRefillAfterMs: 0 });
  });
  afterAll(() => daemon[Symbol.asyncDispose]());

  async function run(input: object): Promise<Command> {
    const route = `/commands/${newId('command')}?wait_ms=10000`;
    return (await daemon.client.send('PUT', route, { json: input })).json(command);
  }

  /** Both ways, one after the other: first the waiting shell, then a process of its own. */
  async function bothWays(input: { command: string; cwd?: string; env?: Record<string, string> }) {
    await until(async () => (await run({ command: IS_WAITING_SHELL })).output === 'spare\n');
    await until(async () => (await run({ command: `sleep 0.2; ${IS_WAITING_SHELL}` })).output === 'spare\n');
    const spare = await run(input);
    // The waiting shell never sees a variable of the shell’s own.
    const own = await run({ ...input, env: { ...input.env, HISTCONTROL: 'x' } });
    return { spare, own };
  }

  it.each([
    ['an exit code', 'exit 3'],
    ['no such program', 'no_such_program_at_all'],
    ['an error in a later line', 'echo a\nno_such_program_at_all'],
    ['a trap', 'trap "echo bye" EXIT; echo hi; set -e; false; echo never'],
    ['its own end by a signal', 'echo before; kill -9 $$'],
    ['a here document', 'cat <<END\n$HOME\nEND'],
    ['its name and arguments', 'echo "$0" "$#" "$-" "$SHLVL"'],
    ['its folder', 'pwd; echo "$PWD"; test -v OLDPWD && echo old'],
    ['its streams', 'readlink /proc/self/fd/0; ls /proc/self/fd | wc -l; echo x >&2; echo y > /dev/stderr'],
    ['its group', 'test $(ps -o pgid= -p $$) = $$ && echo leads'],
    ['children that stay', '(sleep 5; echo late) & echo $?'],
  ])('is as in one of its own: %s', async (_what, line) => {
    const { spare, own } = await bothWays({ command: line });
    const seen = ({ status, exit_code, signal, output }: Command) => ({ status, exit_code, signal, output });
    expect(seen(spare)).toEqual(seen(own));
  });

  it('has its folder and variables, whatever is in them', async () => {
    const made = await run({ command: "mkdir -p 'a b/it'\\''s'; cd 'a b'/it*; pwd" });
    const cwd = made.output.trim();
    const input = { command: 'pwd; printf "%s|" "$SECRET" "$EMPTY"; env | grep -c "^SECRET="', cwd };
    const { spare, own } = await bothWays({ ...input, env: { SECRET, EMPTY: '' } });
    expect(spare.output).toBe(`${cwd}\n${SECRET}||1\n`);
    expect(own.output).toBe(spare.output);
  });

  it('shows no variable where its syntax is wrong', async () => {
    const { spare } = await bothWays({ command: 'if then', env: { SECRET: 'do-not-show' } });
    expect(spare.exit_code).toBe(2);
    expect(spare.output).toContain('syntax error');
    expect(spare.output).not.toContain('do-not-show');
  });

  it('leaves nothing to the next one', async () => {
    await bothWays({ command: 'export LEFT=1; cd /; alias ls=false; exec 9>/dev/null', env: { GIVEN: 'x' } });
    const next = await bothWays({
      command: 'echo "[$LEFT$GIVEN$PODEX_PREPARATION$PODEX_COMMAND]"',
    });
    expect(next.spare.output).toBe('[]\n');
  });

  it('that is killed while it waits is replaced, and no command is lost', async () => {
    const old = new Set<number>();
    const next = async () => (await listWaiting(daemon)).find((pid) => !old.has(pid));
    for (let round = 0; round < 3; round += 1) {
      await until(async () => (await next()) !== undefined);
      const waiting = (await next()) ?? 0;
      old.add(waiting);
      process.kill(waiting, 'SIGKILL');
    }
    await until(async () => (await next()) !== undefined);
    expect((await run({ command: IS_WAITING_SHELL })).output).toBe('spare\n');
  });
});

/** Shells that the fork server of this daemon has started and that wait. */
async function listWaiting(daemon: RunningTestDaemon): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const isOurs = async (pid: number) => {
    try {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      const parent = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[1];
      const program = await readlink(`/proc/${parent}/exe`);
      return commandLine.includes('PODEX_PREPARATION') && program === daemon.folders.forkServerPath;
    } catch {
      return false;
    }
  };
  const found = await Promise.all(pids.map(async (pid) => ((await isOurs(pid)) ? [pid] : [])));
  return found.flat();
}
