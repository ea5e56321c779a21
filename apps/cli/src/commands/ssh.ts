import type { Command } from 'commander';
import { ExecaError, execa } from 'execa';
import { loadCliConfig } from '../config.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { hostArguments } from '../ssh/host-blocks.ts';
import { pinHostKey } from '../ssh/known-hosts.ts';
import { ensureOwnKey, noSshClient } from '../ssh/own-key.ts';
import { openSshFiles } from '../ssh/ssh-files.ts';
import { startForSsh } from '../ssh/start-for-ssh.ts';
import { findWorkspace } from './find-workspace.ts';

interface SshOptions extends ConnectionOptions {
  identity?: string;
}

export function addSshCommand(program: Command): void {
  addConnectionOptions(program.command('ssh <workspace> [arguments...]'))
    .description(
      'connect to a workspace with SSH, and start it when it does not run; after --, what ssh takes',
    )
    .option('--identity <file>', 'a private key of your own, whose public half your account has')
    .addHelpText(
      'after',
      '\nExamples:\n  podex ssh shop\n  podex ssh shop -- ls -la\n  podex ssh shop -- -L 8080:localhost:3000',
    )
    .action(ssh);
}

async function ssh(name: string, given: readonly string[], options: SshOptions): Promise<void> {
  const files = await openSshFiles(loadCliConfig());
  const id = await withApi(options, async ({ ask }) => {
    const running = await startForSsh(ask, await findWorkspace(ask, name));
    if (options.identity === undefined) await ensureOwnKey(ask, files);
    await pinHostKey(ask, running, files);
    return running.id;
  });
  const used = { knownHosts: files.knownHosts, identity: options.identity ?? files.identity };
  const words = [...hostArguments(id, { files: used, url: options.url, starts: false }), id, ...given];
  try {
    await execa('ssh', words, {
      stdio: 'inherit',
      env: options.token === undefined ? {} : { PODEX_TOKEN: options.token },
    });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') throw noSshClient('ssh');
    // What ssh ends with is what it says of the command, or of itself.
    process.exitCode = error.exitCode ?? 1;
  }
}
