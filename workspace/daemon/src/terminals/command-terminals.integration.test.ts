import { type Command, command } from '@podex/contracts/commands';
import { newId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import { type Terminal, terminal } from '@podex/contracts/terminals';
import { describe, expect, it } from 'vitest';
import { TerminalViewer } from '../testing/terminal-viewer.ts';
import {
  DaemonProcess,
  type RunningTestDaemon,
  startTestDaemon,
  type TestFolders,
  until,
} from '../testing/test-daemon.ts';
import type { UnixClient } from '../testing/unix-client.ts';

interface Place {
  client: UnixClient;
  folders: TestFolders;
}

async function start({ client }: Place, line: string, terminalOptions: object = {}): Promise<Command> {
  const json = { command: line, background: true, terminal: terminalOptions };
  const response = await client.send('PUT', `/commands/${newId('command')}`, { json });
  expect(response.status, response.body.toString()).toBe(200);
  return response.json(command);
}

async function end({ client }: Place, id: string): Promise<Command> {
  return (await client.send('GET', `/commands/${id}?wait_ms=20000`)).json(command);
}

async function terminalOf({ client }: Place, id: string): Promise<Terminal> {
  const { items } = (await client.send('GET', '/terminals')).json(pageOf(terminal));
  const found = items.find((item) => item.command_id === id);
  if (found === undefined) throw new Error(`no terminal of ${id} among ${JSON.stringify(items)}`);
  return found;
}

const attach = ({ folders }: Place, { id }: Terminal) => TerminalViewer.attach(folders.socketPath, id, 0);

describe('a command in a terminal', () => {
  it('is watched and typed to, and its output is the command’s', async () => {
    await using daemon: RunningTestDaemon = await startTestDaemon();
    const line =
      'test -t 0 && test -t 1 && read -p "name? " name; echo "hello $name, $(tput cols) columns"; exit 3';
    const { id } = await start(daemon, line, { cols: 90, rows: 20 });
    const shown = await terminalOf(daemon, id);
    expect(shown).toMatchObject({ cols: 90, rows: 20, status: 'running', command_id: id });
    expect(shown.name).toMatch(/^test -t 0 && .*…$/);
    using viewer = await attach(daemon, shown);
    await viewer.waitFor('name? ');
    viewer.type('Ada\n');
    const ended = await end(daemon, id);
    expect(ended).toMatchObject({ status: 'exited', exit_code: 3, truncated: false });
    expect(ended.output).toBe('name? Ada\r\nhello Ada, 90 columns\r\n');
    await viewer.waitFor('hello Ada, 90 columns');
    expect((await terminalOf(daemon, id)).status).toBe('exited');
  });

  it('is ended by a signal, and by closing its terminal, with all that it started', async () => {
    await using daemon = await startTestDaemon();
    const line = 'sleep 600 & echo "child $!"; wait';
    const signalled = await start(daemon, line);
    await daemon.client.send('DELETE', `/commands/${signalled.id}`);
    expect(await end(daemon, signalled.id)).toMatchObject({ status: 'killed', signal: 'SIGTERM' });

    const closed = await start(daemon, line);
    const shown = await terminalOf(daemon, closed.id);
    using viewer = await attach(daemon, shown);
    const childOf = () => /child (\d+)\r/.exec(viewer.text)?.[1];
    await until(() => childOf() !== undefined);
    const child = Number(childOf());
    await daemon.client.send('DELETE', `/terminals/${shown.id}`);
    expect(await end(daemon, closed.id)).toMatchObject({ status: 'killed', signal: 'SIGHUP' });
    await until(() => !isAlive(child));
  });

  it('loses no byte of a flood that nobody watches', async () => {
    await using daemon = await startTestDaemon();
    const { id } = await start(daemon, 'seq 1 200000');
    const ended = await end(daemon, id);
    expect(ended).toMatchObject({ status: 'exited', exit_code: 0 });
    const all = await daemon.client.send('GET', `/commands/${id}/output`);
    const numbers = all.body.toString().trimEnd().split('\r\n');
    expect(numbers.length).toBe(200_000);
    expect(numbers.at(-1)).toBe('200000');
  });

  it('does not run a second time, not even when the daemon is back after a stop', async () => {
    await using daemon = await DaemonProcess.start();
    const id = newId('command');
    const json = { command: 'echo once >> ran; sleep 600', background: true, terminal: { name: 'server' } };
    const again = () => daemon.client.send('PUT', `/commands/${id}`, { json });
    await again();
    await again();
    await until(async () => (await read(daemon, 'ran')) === 'once\n');
    expect(await terminalOf(daemon, id)).toMatchObject({ name: 'server' });
    await daemon.end('SIGTERM');
    await daemon.start();
    await again();
    expect(await end(daemon, id)).toMatchObject({ status: 'killed' });
    expect(await read(daemon, 'ran')).toBe('once\n');
    const { items } = (await daemon.client.send('GET', '/terminals')).json(pageOf(terminal));
    expect(items).toEqual([]);
  });

  it('says when there are too many, as its outcome', async () => {
    await using daemon = await startTestDaemon({ maxRunningCommands: 40 });
    const commands = await Promise.all(Array.from({ length: 33 }, () => start(daemon, 'sleep 600')));
    const isOver = async () => {
      const all = await Promise.all(commands.map(({ id }) => now(daemon, id)));
      return all.filter(({ status }) => status === 'exited');
    };
    await until(async () => (await isOver()).length > 0);
    const over = await isOver();
    expect(over).toHaveLength(1);
    expect(over[0]).toMatchObject({ exit_code: 126 });
    expect(over[0]?.output).toContain('32 terminals are open already. Close one first.');
  });
});

describe('the name of a terminal', () => {
  it('is changed, and is there again after a stop', async () => {
    await using daemon = await DaemonProcess.start();
    const { id } = (await daemon.client.send('POST', '/terminals', { json: {} })).json(terminal);
    const rename = (name: string) => daemon.client.send('PATCH', `/terminals/${id}`, { json: { name } });
    expect((await rename('tests')).json(terminal).name).toBe('tests');
    expect((await rename('a\nb')).status).toBe(400);
    await daemon.end('SIGTERM');
    await daemon.start();
    const names = async () =>
      (await daemon.client.send('GET', '/terminals')).json(pageOf(terminal)).items.map(({ name }) => name);
    expect(await names()).toEqual(['tests']);
    await rename('asleep');
    expect(await names()).toEqual(['asleep']);
    await daemon.end('SIGTERM');
    await daemon.start();
    expect(await names()).toEqual(['asleep']);
  });
});

async function now({ client }: Place, id: string): Promise<Command> {
  return (await client.send('GET', `/commands/${id}?wait_ms=0`)).json(command);
}

async function read({ client }: Place, file: string): Promise<string> {
  return (await client.send('GET', `/files/content?path=${file}`)).body.toString();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
