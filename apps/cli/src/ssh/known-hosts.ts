import { appendFile, readFile } from 'node:fs/promises';
import { type SshHostKey, sshHostKey } from '@podex/contracts/ssh';
import type { Workspace } from '@podex/contracts/workspaces';
import { CliError, errorCode } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import type { SshFiles } from './ssh-files.ts';

/**
 * Notes by which key the SSH client knows a workspace, once: one that shows another key later is refused by the client. A workspace that
 * does not run cannot be asked; the client then notes the key at its first connection.
 */
export async function pinHostKey(
  ask: AskApi,
  { id, status }: Pick<Workspace, 'id' | 'status'>,
  { knownHosts }: SshFiles,
): Promise<void> {
  if (status !== 'running' || (await readKnown(knownHosts)).includes(`${id} `)) return;
  const key = await readHostKey(ask, id);
  if (key !== undefined) await appendFile(knownHosts, `${id} ${key.public_key}\n`, { mode: 0o600 });
}

/** Undefined when it cannot say at present. */
async function readHostKey(ask: AskApi, id: string): Promise<SshHostKey | undefined> {
  try {
    return await ask({ method: 'GET', path: `/api/workspaces/${id}/ssh/host_key`, schema: sshHostKey });
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

async function readKnown(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  });
}
