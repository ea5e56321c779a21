import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { startProgram } from './start-program.ts';

const run = promisify(execFile);
const isOurs = process.arch === 'x64' || process.arch === 'arm64';

describe.runIf(isOurs && process.platform === 'linux')('the first program of a workspace', () => {
  let program: string;

  beforeEach(() => {
    program = path.join(temporaryFolder('start'), 'start');
    writeFileSync(program, startProgram(process.arch === 'arm64' ? 'arm64' : 'x64'), { mode: 0o755 });
  });

  it('becomes the program that it is given, with its arguments and variables', async () => {
    const argv = ['-c', 'echo "$0|$1|$GREETING"', 'name', 'two words'];
    const { stdout } = await run(program, ['/bin/sh', ...argv], { env: { GREETING: 'hello' } });
    expect(stdout).toBe('name|two words|hello\n');
    expect((await run(program, ['/bin/sh', '-c', 'env'], { env: {} })).stdout).not.toContain('GREETING');
  });

  it('leaves it one end of the fork server’s socket, and nothing else', async () => {
    const { stdout } = await run(program, ['/bin/ls', '-l', '/proc/self/fd']);
    expect(stdout).toMatch(/ 3 -> socket:/);
    // The folder that `ls` reads is the next.
    expect(stdout).not.toMatch(/ 5 -> /);
  });

  it('ends the fork server with the program', async () => {
    const script =
      'for child in /proc/[0-9]*/stat; do read -r stat < "$child"; echo "$stat"; done 2>/dev/null';
    const { stdout } = await run(program, ['/bin/bash', '-c', `echo $$; ${script}`]);
    const [self, ...processes] = stdout.split('\n');
    const server = processes.find(
      (line) => line.split(') ')[1]?.split(' ')[1] === self && line.includes('(start)'),
    );
    expect(server).toBeDefined();
    const stateFile = `/proc/${server?.split(' ')[0]}/stat`;
    // Of one that has ended, until somebody asks how.
    const isOver = () => !existsSync(stateFile) || readFileSync(stateFile, 'utf8').includes(') Z ');
    await expect.poll(isOver).toBe(true);
  });

  it('ends as a shell does when the program is not there', async () => {
    await expect(run(program, ['/nowhere'])).rejects.toMatchObject({ code: 127 });
  });
});
