import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { openSshSocket } from '../ssh/ssh-socket.ts';
import { startForSsh } from '../ssh/start-for-ssh.ts';
import { findWorkspace } from './find-workspace.ts';

interface ProxyOptions extends ConnectionOptions {
  start?: boolean;
}

export function addSshProxyCommand(program: Command): void {
  addConnectionOptions(program.command('ssh-proxy <workspace>'))
    .description('the bytes of an SSH connection, for the ProxyCommand of an SSH client')
    .option('--start', 'start the workspace first when it does not run')
    .action(proxy);
}

async function proxy(name: string, options: ProxyOptions): Promise<void> {
  const stream = await withApi(options, async ({ ask, withAddress }) => {
    const found = await findWorkspace(ask, name);
    if (options.start) await startForSsh(ask, found);
    return withAddress((address) => openSshSocket(address, found.id));
  });
  // Whichever side ends first, the connection is over; why it ended is told by the SSH client.
  const ways = [pipeline(process.stdin, stream), pipeline(stream, process.stdout, { end: false })];
  await Promise.race(ways.map((way) => way.catch(() => undefined)));
  process.exit();
}
