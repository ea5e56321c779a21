import { once } from 'node:events';
import { execa } from 'execa';
import { runCommand, tryCommand } from '../testbed/run-command.ts';

const PORT = 8080;
const NAMESPACE = `podex-world-${process.pid}`;
const CABLE = `pw${process.pid}`;
/** Networks for documentation: nobody’s, and no private ones. One for each process of tests. */
const BLOCK = process.pid % 63;
const NEAR = `203.0.113.${BLOCK * 4 + 1}`;
const ADDRESS = `203.0.113.${BLOCK * 4 + 2}`;
const PROGRAM = `require('net').createServer((s) => s.on('error', () => undefined).end('hello')).listen(${PORT}, '${ADDRESS}', () => console.log('up'))`;

export interface World extends AsyncDisposable {
  address: string;
  port: number;
}

/** Something that is not private and really there, which workspaces of this machine’s own engine reach by its ordinary way out. */
export async function startWorld(): Promise<World> {
  const inside = (...argv: string[]) => runCommand('ip', ['netns', 'exec', NAMESPACE, ...argv]);
  await runCommand('ip', ['netns', 'add', NAMESPACE]);
  await runCommand('ip', ['link', 'add', CABLE, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', NAMESPACE]);
  await runCommand('ip', ['address', 'add', `${NEAR}/30`, 'dev', CABLE]);
  await runCommand('ip', ['link', 'set', CABLE, 'up']);
  await inside('ip', 'address', 'add', `${ADDRESS}/30`, 'dev', 'eth0');
  await inside('ip', 'link', 'set', 'eth0', 'up');
  await inside('ip', 'route', 'add', 'default', 'via', NEAR);
  const program = execa('ip', ['netns', 'exec', NAMESPACE, process.execPath, '-e', PROGRAM], {
    reject: false,
  });
  await once(program.stdout, 'data');
  return {
    address: ADDRESS,
    port: PORT,
    async [Symbol.asyncDispose]() {
      program.kill('SIGKILL');
      await program;
      await tryCommand('ip', ['link', 'del', CABLE]);
      await tryCommand('ip', ['netns', 'del', NAMESPACE]);
    },
  };
}
