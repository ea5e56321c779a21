import type { Readable, Writable } from 'node:stream';
import type { ForkServer } from '../spawning/fork-server.ts';
import type { Pipes } from '../spawning/pipes.ts';
import { signalGroup } from '../spawning/process-group.ts';
import { terminalGroups } from '../user/groups.ts';
import type { UserAccount } from '../user/user-account.ts';
import { makeConnectionFolder } from './connection-folder.ts';
import type { SshServer } from './find-ssh-server.ts';

/** In memory. */
const FOLDERS_PATH = '/dev/shm';
/** From the end of the connection to the end of sshd, which tells its terminals that they are hung up. */
const END_WITHIN_MS = 2_000;

export interface SshServerOptions {
  account: UserAccount;
  pipes: Pipes;
  forkServer: ForkServer;
}

export interface StartedSshServer {
  pid: number;
  input: Writable;
  output: Readable;
  /** What it logs. */
  log: Readable;
  /** When nobody is connected any more: waits for it, then kills it, and removes what it has read. */
  finish(): Promise<void>;
}

export interface SshServerStart extends SshServer {
  keys: readonly string[];
  hostKey: string;
  environment: Readonly<Record<string, string>>;
}

/**
 * Starts one sshd for one connection, as inetd would. It runs as the workspace’s user and not as root: it needs no capability that a
 * workspace lacks (SYS_CHROOT), lets nobody in but its own user, and what it forwards reaches what that user reaches.
 */
export async function startSshServer(
  { account, pipes, forkServer }: SshServerOptions,
  { sshd, sftpServer, keys, hostKey, environment }: SshServerStart,
): Promise<StartedSshServer> {
  const { identity } = account;
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(
    await makeConnectionFolder({
      parent: FOLDERS_PATH,
      identity,
      sftpServer,
      authorizedKeys: keys,
      hostKey,
      environment,
    }),
  );
  using ends = new DisposableStack();
  const input = await pipes.openInput();
  undo.defer(() => void input.input.destroy());
  ends.defer(() => input.closeEnd());
  const output = await pipes.openOutput();
  undo.defer(() => void output.output.destroy());
  ends.defer(() => output.closeEnd());
  const log = await pipes.openOutput();
  undo.defer(() => void log.output.destroy());
  ends.defer(() => log.closeEnd());
  const launched = await forkServer.launch({
    file: sshd,
    argv: [sshd, '-i', '-e', '-f', folder.configFile],
    environment: account.bareEnvironment('/bin/sh'),
    cwd: '/',
    // It gives each terminal to this group, which only a member can.
    identity: { ...identity, groups: terminalGroups(identity.groups ?? []) },
    descriptors: [input.end, output.end, log.end],
  });
  const kept = undo.move();
  return {
    pid: launched.pid,
    input: input.input,
    output: output.output,
    log: log.output,
    async finish() {
      const kill = setTimeout(() => signalGroup(launched.pid, 'SIGKILL'), END_WITHIN_MS);
      input.input.end();
      await launched.ended;
      clearTimeout(kill);
      await kept.disposeAsync();
    },
  };
}
