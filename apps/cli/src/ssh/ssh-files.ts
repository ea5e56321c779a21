import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { CliConfig } from '../config.ts';

/** What the SSH client of this person reads of Podex’s; beside the login. */
export interface SshFiles {
  folder: string;
  identity: string;
  knownHosts: string;
  config: string;
}

export async function openSshFiles({ loginFile }: Pick<CliConfig, 'loginFile'>): Promise<SshFiles> {
  const folder = path.join(path.dirname(loginFile), 'ssh');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const within = (name: string) => path.join(folder, name);
  return {
    folder,
    identity: within('id_ed25519'),
    knownHosts: within('known_hosts'),
    config: within('config'),
  };
}
