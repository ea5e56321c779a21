import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { pageOf } from '@podex/contracts/pagination';
import { sshKey } from '@podex/contracts/ssh';
import { ExecaError, execa } from 'execa';
import { CliError, errorCode } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import type { SshFiles } from './ssh-files.ts';

const PATH = '/api/me/ssh_keys';

/**
 * Makes this computer’s key when there is none, and adds it to the account when it is not there, so that `podex ssh` works after `podex
 * login` alone. The key by itself opens nothing: each connection needs the login as well.
 */
export async function ensureOwnKey(ask: AskApi, { identity }: SshFiles): Promise<void> {
  const name = `podex on ${hostname()}`;
  const publicKey = (await readPublicKey(identity)) ?? (await makeKey(identity, name));
  const known = await ask({ method: 'GET', path: PATH, schema: pageOf(sshKey) });
  if (known.items.some((key) => publicKey.startsWith(key.public_key))) return;
  await ask({ method: 'POST', path: PATH, body: { public_key: publicKey, name }, schema: sshKey });
  process.stderr.write(`Added the key of this computer to your account: ${name}\n`);
}

async function readPublicKey(identity: string): Promise<string | undefined> {
  try {
    await readFile(identity);
    return (await readFile(`${identity}.pub`, 'utf8')).trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeKey(identity: string, comment: string): Promise<string> {
  try {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', identity], {
      input: 'y\n',
    });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw error.code === 'ENOENT' ? noSshClient('ssh-keygen') : new CliError(`ssh-keygen: ${error.stderr}`);
  }
  return (await readFile(`${identity}.pub`, 'utf8')).trim();
}

export function noSshClient(program: string): CliError {
  return new CliError(`${program} is not installed on this computer`, {
    cure: ['Debian, Ubuntu: sudo apt-get install openssh-client', 'Fedora: sudo dnf install openssh-clients'],
  });
}
