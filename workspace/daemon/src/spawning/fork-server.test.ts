import { constants, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { startTestForkServer, type TestForkServer } from '../testing/test-fork-server.ts';
import type { Launch } from './launch-message.ts';
import { Pipes } from './pipes.ts';

const NOTHING = { path: '/dev/null', flags: constants.O_RDONLY };
let server: TestForkServer;
let pipes: Pipes;
beforeEach(() => {
  server = startTestForkServer();
  pipes = new Pipes({
    folder: path.join(temporaryFolder('pipes'), 'pipes'),
    owner: {},
    forkServer: server.forkServer,
  });
});
afterEach(() => server.stop());

const shell = (script: string, more: Partial<Launch> = {}): Launch => ({
  file: '/bin/sh',
  argv: ['sh', '-c', script],
  environment: { PATH: '/usr/bin:/bin' },
  cwd: '/',
  identity: {},
  descriptors: [NOTHING, NOTHING, NOTHING],
  ...more,
});

async function outputOf(launch: Launch): Promise<string> {
  const pipe = await pipes.openOutput();
  await server.forkServer.launch({ ...launch, descriptors: [NOTHING, pipe.end, { like: 1 }] });
  pipe.closeEnd();
  return text(pipe.output);
}

describe('a process of the fork server', () => {
  it('has its arguments, variables and folder, whatever is in them', async () => {
    const odd = 'Ω \n"$x"';
    const launch = shell('printf %s "$0|$1|$ODD|$PWD"', { environment: { ODD: odd }, cwd: '/usr' });
    expect(await outputOf({ ...launch, argv: [...launch.argv, 'zero', odd] })).toBe(
      `zero|${odd}|${odd}|/usr`,
    );
  });

  it('leads a session of its own, with the descriptors that it was given and no signal blocked', async () => {
    const output = await outputOf(
      shell('echo $$; cat /proc/self/stat; grep SigBlk /proc/self/status; ls /proc/self/fd'),
    );
    const [pid, stat, blocked, ...descriptors] = output.trim().split('\n');
    expect(stat?.split(') ')[1]?.split(' ').slice(2, 4)).toEqual([pid, pid]);
    expect(blocked).toMatch(/^SigBlk:\s+0+$/);
    // The last is the folder that `ls` reads. What this very process leaks is above those of the server.
    expect(descriptors.slice(0, 3)).toEqual(['0', '1', '2']);
    expect(descriptors.filter((name) => Number(name) > 3 && Number(name) < 200)).toEqual([]);
  });

  it('tells how it ended', async () => {
    const endOf = async (script: string) => (await server.forkServer.launch(shell(script))).ended;
    expect(await endOf('exit 42')).toEqual({ exitCode: 42, signal: null });
    expect(await endOf('kill -9 $$')).toEqual({ exitCode: null, signal: 'SIGKILL' });
    expect(await endOf('kill -TERM $$')).toEqual({ exitCode: null, signal: 'SIGTERM' });
  });

  it('that cannot be started says why', async () => {
    const launch = (more: Partial<Launch>) => server.forkServer.launch(shell('true', more));
    await expect(launch({ file: '/nowhere' })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(launch({ file: '/etc/passwd' })).rejects.toMatchObject({ code: 'EACCES' });
    await expect(launch({ cwd: '/nowhere' })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(launch({ argv: ['sh', 'x'.repeat(200_000)] })).rejects.toMatchObject({ code: 'E2BIG' });
    await expect(launch({ argv: ['sh', 'x'.repeat(5_000_000)] })).rejects.toMatchObject({ code: 'E2BIG' });
    expect(await outputOf(shell('echo on'))).toBe('on\n');
  });

  it('is one of many at once, and none is mistaken for another', async () => {
    const codes = Array.from({ length: 60 }, (_, index) => index);
    const ends = await Promise.all(
      codes.map(async (code) => (await server.forkServer.launch(shell(`exit ${code}`))).ended),
    );
    expect(ends.map(({ exitCode }) => exitCode)).toEqual(codes);
  });

  it.runIf(process.getuid?.() === 0)(
    'is the user that it is for, in these groups and no others',
    async () => {
      const ids = async (groups: readonly number[]) => {
        const identity = { uid: 54_321, gid: 54_322, groups };
        const output = await outputOf(shell('grep -E "^(Uid|Gid|Groups)" /proc/self/status', { identity }));
        return output.replaceAll(/[\t ]+/g, ' ');
      };
      const owner = 'Uid: 54321 54321 54321 54321\nGid: 54322 54322 54322 54322\n';
      expect(await ids([])).toBe(`${owner}Groups: \n`);
      expect(await ids([54_322, 77])).toBe(`${owner}Groups: 77 54322 \n`);
    },
  );
});

describe('a fork server that is killed', () => {
  it('takes what it started with it, which is told, and the next launch starts another', async () => {
    const running = await server.forkServer.launch(shell('sleep 600'));
    process.kill(parentOf(running.pid), 'SIGKILL');
    expect(await running.ended).toEqual({ exitCode: null, signal: 'SIGKILL' });
    await expect
      .poll(() => readdirSync('/proc').includes(String(running.pid)) && stateOf(running.pid))
      .not.toBe('S');
    expect(await outputOf(shell('echo again'))).toBe('again\n');
  });
});

const fieldsOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];

function parentOf(pid: number): number {
  return Number(fieldsOf(pid)[1]);
}

function stateOf(pid: number): string | undefined {
  return fieldsOf(pid)[0];
}
