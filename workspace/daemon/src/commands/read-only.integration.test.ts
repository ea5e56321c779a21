import { type Command, command } from '@podex/contracts/commands';
import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';

let daemon: RunningTestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon[Symbol.asyncDispose]());

async function send(input: object): Promise<Command> {
  const response = await daemon.client.send('PUT', `/commands/${newId('command')}?wait_ms=20000`, {
    json: input,
  });
  expect(response.status, response.body.toString()).toBe(200);
  return response.json(command);
}

const run = (line: string) => send({ command: line });
const read = (line: string) => send({ read_only_command: line });

it('is named as such, so that no daemon of an older version runs it as another', async () => {
  const path = `/commands/${newId('command')}`;
  for (const more of [{ command: 'ls' }, { argv: ['ls'] }, { terminal: { cols: 80, rows: 24 } }]) {
    const refused = await daemon.client.send('PUT', path, { json: { read_only_command: 'ls', ...more } });
    expect([refused.status, refused.code]).toEqual([400, 'invalid_request']);
  }
});

describe.runIf(isRoot)('a read-only command', () => {
  it('reads what only the user may read, and changes none of it', async () => {
    await run(
      'umask 077; mkdir private; echo secret > private/key; mkdir -m 777 open; echo x > open/y; chmod 666 open/y',
    );
    expect(await read('cat private/key open/y')).toMatchObject({ exit_code: 0, output: 'secret\nx\n' });
    for (const change of [
      'echo no > private/key',
      'echo no > open/y',
      'touch open/new',
      'rm -f open/y',
      'mv open/y open/z',
      'chmod 600 open/y',
      'ln open/y open/z',
    ]) {
      expect((await read(change)).exit_code, change).not.toBe(0);
    }
    expect((await run('cat private/key open/y; ls open')).output).toBe('secret\nx\ny\n');
  });

  it('has a scratch folder that goes with it, and streams that can be opened by name', async () => {
    const written = await read(
      'echo kept > $TMPDIR/a && cat $TMPDIR/a && echo err > /dev/stderr && echo n > /dev/null',
    );
    expect(written).toMatchObject({ exit_code: 0, output: 'kept\nerr\n' });
    expect((await read('ls -A $TMPDIR')).output).toBe('');
  });

  it('takes what it has started with it', async () => {
    const begun = await read('(env -i setsid sleep 4242 >/dev/null 2>&1 &); sleep 0.2; echo begun');
    expect(begun.output).toBe('begun\n');
    expect((await run('pgrep -f "sleep 424[2]"')).output).toBe('');
  });

  it('leaves processes of the user alone, and gains no rights', async () => {
    const result = await read(
      'sudo -n id 2>&1; kill -9 $PPID; unshare -Urm sh -c "mount -o remount,rw,bind /" 2>&1; grep -h CapEff /proc/self/status',
    );
    expect(result.output).not.toMatch(/uid=0\(root\) gid=0/);
    expect(result.output).toMatch(/CapEff:\s+0+4\n/);
  });
});
