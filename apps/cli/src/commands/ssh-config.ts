import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { sshHostsOf } from '@podex/contracts/ssh-hosts';
import type { Workspace } from '@podex/contracts/workspaces';
import type { Command } from 'commander';
import { CliError, EXIT, errorCode } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { hostBlock } from '../ssh/host-blocks.ts';
import { pinHostKey } from '../ssh/known-hosts.ts';
import { ensureOwnKey } from '../ssh/own-key.ts';
import { openSshFiles, type SshFiles } from '../ssh/ssh-files.ts';
import { findWorkspace, listWorkspaces } from './find-workspace.ts';

interface ConfigOptions extends ConnectionOptions {
  all?: boolean;
  write?: boolean;
  start?: boolean;
}

export function addSshConfigCommand(program: Command): void {
  addConnectionOptions(program.command('ssh-config [workspace]'))
    .description('what an SSH client needs to connect to <name>.podex: ssh, scp, sftp, rsync, VS Code')
    .option('--all', 'for all workspaces that you can use')
    .option('--write', 'into a file of its own that ~/.ssh/config then includes, in place of printing it')
    .option('--start', 'connecting starts a workspace; an editor that reconnects by itself does so too')
    .action(sshConfig);
}

async function sshConfig(name: string | undefined, options: ConfigOptions): Promise<void> {
  if ((name === undefined) === (options.all !== true)) {
    throw new CliError('Name one workspace, or give --all', {
      cure: 'podex ssh-config --help',
      exitCode: EXIT.usage,
    });
  }
  const config = loadCliConfig();
  const files = await openSshFiles(config);
  const { chosen, names } = await withApi(options, async ({ ask }) => {
    const all = await listWorkspaces(ask);
    const wanted = name === undefined ? all : [await findWorkspace(ask, name)];
    await ensureOwnKey(ask, files);
    for (const one of wanted) await pinHostKey(ask, one, files);
    return { chosen: wanted, names: sshHostsOf(all) };
  });
  const url = options.url ?? config.remote.url;
  const block = (one: Workspace) =>
    hostBlock(one, names.get(one.id) ?? `${one.id}.podex`, { files, url, starts: options.start === true });
  const text = chosen.map(block).join('\n');
  if (options.write !== true) {
    process.stdout.write(text);
    return;
  }
  await writeConfig(text, files);
  for (const { id } of chosen) console.log(`ssh ${names.get(id) ?? `${id}.podex`}`);
}

/** `~/.ssh/config` gets one line, at its beginning: below a `Host` it would be about that one alone. */
async function writeConfig(text: string, { config }: SshFiles): Promise<void> {
  await writeFile(config, `# Written by podex ssh-config --write.\n\n${text}`, { mode: 0o600 });
  const folder = path.join(homedir(), '.ssh');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = path.join(folder, 'config');
  const before = await readFile(own, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  });
  const line = `Include "${config}"`;
  if (before.split('\n').includes(line)) return;
  await writeFile(own, `${line}\n\n${before}`, { mode: 0o600 });
}
