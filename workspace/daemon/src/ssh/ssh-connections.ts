import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PodexError } from '@podex/contracts/errors';
import type { WebSocket } from 'ws';
import type { Logger } from '../logging/logger.ts';
import { signalGroup } from '../spawning/process-group.ts';
import { listProcesses, type ProcessStatus, readProcessFile } from '../spawning/process-table.ts';
import { countBusySessions } from '../terminals/session-processes.ts';
import type { LoginPath } from '../user/login-path.ts';
import { findSshServer } from './find-ssh-server.ts';
import type { HostKey } from './host-key.ts';
import { findSignIn } from './sign-in.ts';
import { type SshServerOptions, type SshServerStart, startSshServer } from './ssh-server.ts';

const CONNECTIONS_MAX = 32;
/** Within what the hops between keep of a silent connection. */
const PING_EVERY_MS = 30_000;
/** A workspace that was frozen meanwhile finds one of them late. */
const PINGS_UNANSWERED_MAX = 4;
const CODE_INTERNAL = 1011;

export interface SshConnectionsOptions extends SshServerOptions {
  hostKey: HostKey;
  loginPath: LoginPath;
  /** Told the fingerprint of the key with which a connection signed in. */
  onSignIn: (fingerprint: string) => void;
  logger: Logger;
}

/** Connections of SSH clients, each with an sshd of its own. */
export class SshConnections {
  readonly #options: SshConnectionsOptions;
  readonly #clients = new Set<WebSocket>();
  readonly #pids = new Set<number>();
  readonly #serving = new Set<Promise<void>>();

  constructor(options: SshConnectionsOptions) {
    this.#options = options;
  }

  /**
   * What must be there before a client is told that it is connected.
   *
   * @throws PodexError ssh_server_missing, workspace_not_running, limit_reached.
   */
  async prepare(keys: readonly string[]): Promise<SshServerStart> {
    if (this.#clients.size >= CONNECTIONS_MAX) {
      throw new PodexError(
        'limit_reached',
        `This workspace has ${CONNECTIONS_MAX} SSH connections. Close some first.`,
        { limit: 'ssh_connections', max: CONNECTIONS_MAX },
      );
    }
    const { account, loginPath, hostKey } = this.#options;
    const [server, shell, searchPath] = await Promise.all([
      findSshServer(),
      account.loginShell(),
      loginPath.current(),
    ]);
    const environment = account.environment(shell, searchPath === undefined ? {} : { PATH: searchPath });
    return { ...server, keys, environment, hostKey: await hostKey.privateText() };
  }

  /** `stream`: the bytes of its binary frames. */
  accept(client: WebSocket, stream: Duplex, start: SshServerStart): void {
    this.#clients.add(client);
    // What is wrong with a connection ends it; there is nobody else to tell.
    stream.on('error', () => client.terminate());
    client.once('close', () => this.#clients.delete(client));
    pingUntilClosed(client);
    const serving = this.#serve(client, stream, start).catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'ssh.failed');
      client.close(CODE_INTERNAL, 'The SSH server could not be started.');
    });
    this.#serving.add(serving);
    void serving.finally(() => this.#serving.delete(serving));
  }

  /** Sessions with a terminal in which a program runs beside the shell. */
  async countBusy(): Promise<number> {
    if (this.#pids.size === 0) return 0;
    return countBusySessions(await this.#listTerminalSessions());
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.terminate();
    for (const pid of this.#pids) signalGroup(pid, 'SIGTERM');
    await Promise.all(this.#serving);
  }

  async #serve(client: WebSocket, stream: Duplex, start: SshServerStart): Promise<void> {
    const server = await startSshServer(this.#options, start);
    this.#pids.add(server.pid);
    findSignIn(server.log, this.#options.onSignIn);
    try {
      // Either side that breaks off ends both: a reset is an ordinary end of a connection.
      const toServer = pipeline(stream, server.input);
      const toClient = pipeline(server.output, stream);
      await Promise.race([Promise.allSettled([toServer, toClient]), closeOf(client)]);
    } finally {
      client.close();
      await server.finish();
      this.#pids.delete(server.pid);
    }
  }

  async #listTerminalSessions(): Promise<number[]> {
    const processes = await listProcesses();
    const byPid = new Map(processes.map((one) => [one.pid, one]));
    const leaders = processes.filter((one) => one.session === one.pid && this.#isBelow(one, byPid));
    const found = await Promise.all(
      leaders.map(async ({ pid }) => {
        const variables = (await readProcessFile(pid, 'environ')) ?? '';
        return variables.split('\0').some((variable) => variable.startsWith('SSH_TTY=')) ? pid : undefined;
      }),
    );
    return found.filter((pid) => pid !== undefined);
  }

  #isBelow(one: ProcessStatus, byPid: ReadonlyMap<number, ProcessStatus>): boolean {
    for (let parent = byPid.get(one.parent); parent !== undefined; parent = byPid.get(parent.parent)) {
      if (this.#pids.has(parent.pid)) return true;
    }
    return false;
  }
}

/** A server that its user has stopped would never end by itself. */
function closeOf(client: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (client.readyState === client.CLOSED) resolve();
    else client.once('close', () => resolve());
  });
}

function pingUntilClosed(client: WebSocket): void {
  let unanswered = 0;
  client.on('pong', () => {
    unanswered = 0;
  });
  const timer = setInterval(() => {
    unanswered += 1;
    if (unanswered > PINGS_UNANSWERED_MAX) client.terminate();
    else client.ping();
  }, PING_EVERY_MS);
  client.once('close', () => clearInterval(timer));
}
