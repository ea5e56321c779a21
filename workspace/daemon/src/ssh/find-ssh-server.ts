import { PodexError } from '@podex/contracts/errors';
import { isExecutable } from '../user/find-executable.ts';

/** Debian and Ubuntu, Fedora and its kin, Arch, what somebody built. */
const SSHD = ['/usr/sbin/sshd', '/usr/bin/sshd', '/usr/local/sbin/sshd'];
const SFTP_SERVERS = [
  '/usr/lib/openssh/sftp-server',
  '/usr/libexec/openssh/sftp-server',
  '/usr/lib/ssh/sftp-server',
  '/usr/libexec/sftp-server',
  '/usr/local/libexec/sftp-server',
];

export interface SshServer {
  sshd: string;
  /** Undefined: no sftp, and so no scp with a client of today. */
  sftpServer: string | undefined;
}

/** @throws PodexError ssh_server_missing. */
export async function findSshServer(): Promise<SshServer> {
  const sshd = await firstExecutable(SSHD);
  if (sshd !== undefined) return { sshd, sftpServer: await firstExecutable(SFTP_SERVERS) };
  throw new PodexError(
    'ssh_server_missing',
    'The image of this workspace has no SSH server. Install it in a terminal of the workspace: sudo apt-get update && sudo apt-get install -y openssh-server',
    {},
  );
}

async function firstExecutable(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    if (await isExecutable(file)) return file;
  }
  return undefined;
}
