import path from 'node:path';
import { WORKSPACE_USER } from '@podex/contracts/internal/daemon';
import { SSH_DOMAIN } from '@podex/contracts/ssh-hosts';
import type { Workspace } from '@podex/contracts/workspaces';
import type { SshFiles } from './ssh-files.ts';

const MAIN = path.join(import.meta.dirname, '../main.ts');

export interface HostBlockOptions {
  files: Pick<SshFiles, 'identity' | 'knownHosts'>;
  /** The Podex to talk to, where it is not that of the login. */
  url: string | undefined;
  /** Whether connecting starts the workspace. */
  starts: boolean;
}

/** The part of an ssh_config(5) that is about one workspace. */
export function hostBlock({ id }: Pick<Workspace, 'id'>, host: string, options: HostBlockOptions): string {
  const lines = hostOptions(id, options).map(([name, value]) => `  ${name} ${value}`);
  return [`Host ${host} ${id}.${SSH_DOMAIN}`, ...lines, ''].join('\n');
}

/** The same for a command line. */
export function hostArguments(id: string, options: HostBlockOptions): string[] {
  return hostOptions(id, options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function hostOptions(id: string, { files, url, starts }: HostBlockOptions): [string, string][] {
  const proxy = [process.execPath, MAIN, 'ssh-proxy', ...(starts ? ['--start'] : [])];
  const command = [...proxy, ...(url === undefined ? [] : ['--url', url]), id].map(shellWord).join(' ');
  return [
    ['HostName', id],
    ['User', WORKSPACE_USER.name],
    ['HostKeyAlias', id],
    ['UserKnownHostsFile', `"${escaped(files.knownHosts)}"`],
    ['StrictHostKeyChecking', 'accept-new'],
    ['IdentityFile', `"${escaped(files.identity)}"`],
    ['ProxyCommand', escaped(command)],
  ];
}

/** A percent sign begins a token of ssh’s. */
function escaped(text: string): string {
  return text.replaceAll('%', '%%');
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
