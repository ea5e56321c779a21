import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { type WorkspaceId, workspaceId } from '@podex/contracts/ids';
import type { LinkTarget } from '@podex/contracts/internal/daemon';
import { type ForwardTarget, forwardRequest, forwardUpgrade } from '@podex/service-kit/forward';
import { REQUEST_ID_HEADER } from '@podex/service-kit/http-app';
import { type ContainerIndex, type ContainerPlace, isAlive } from '../containers/container-index.ts';
import type { LinkPool } from '../links/link-pool.ts';
import { errorForUsers } from '../reasons-for-users.ts';
import { type Activity, isUse } from './activity.ts';
import { InputFrames } from './input-frames.ts';

const PREFIX = /^\/workspaces\/([^/?]+)/;
const CONNECT_TIMEOUT_MS = 15_000;
/** A command may be waited for during a minute before the first byte of its answer. */
const FIRST_BYTE_TIMEOUT_MS = 85_000;
const DAEMON: LinkTarget = { kind: 'daemon' };

export interface GatewayOptions {
  index: ContainerIndex;
  /** Lists the containers of every server anew; shared by all who ask at once. */
  refreshIndex: () => Promise<void>;
  links: LinkPool;
  activity: Activity;
}

/** Forwards `/workspaces/{id}/…` to the daemon of the workspace, as bytes, over its link. Wakes nothing. */
export class Gateway {
  readonly #options: GatewayOptions;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** @throws PodexError workspace_not_running, server_unreachable, daemon_unreachable, timed_out. */
  async forward(requestId: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { id, path } = parseUrl(incoming.url);
    if (isUse(incoming.method, path)) this.#options.activity.note(id);
    const connection = await this.#connect(id);
    try {
      await forwardRequest(incoming, outgoing, targetOver(connection, path, requestId));
    } finally {
      connection.destroy();
    }
  }

  /** @throws PodexError as `forward`. */
  async forwardUpgrade(
    requestId: string,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const { id, path } = parseUrl(request.url);
    const connection = await this.#connect(id);
    const frames = new InputFrames();
    // Paused, so that reading along does not let bytes go by before the other end is joined.
    socket.pause();
    socket.on('data', (chunk: Buffer) => {
      if (frames.see(chunk)) this.#options.activity.note(id);
    });
    try {
      await forwardUpgrade(request, socket, head, targetOver(connection, path, requestId));
    } finally {
      connection.destroy();
    }
  }

  async #connect(id: WorkspaceId): Promise<Duplex> {
    try {
      return await this.#connectAsItIs(id);
    } catch (error) {
      throw errorForUsers(error);
    }
  }

  async #connectAsItIs(id: WorkspaceId): Promise<Duplex> {
    const { links, index } = this.#options;
    const known = index.find(id);
    const place = known !== undefined && isAlive(known.state) ? known : await this.#findAnew(id);
    try {
      return await links.connect(place, DAEMON, { timeoutMs: CONNECT_TIMEOUT_MS });
    } catch (error) {
      if (!PodexError.has(error, 'workspace_not_running')) throw error;
      // It ended, or another container took its place, and the news is not here yet.
      const now = await this.#findAnew(id);
      if (now.containerId === place.containerId) throw error;
      return links.connect(now, DAEMON, { timeoutMs: CONNECT_TIMEOUT_MS });
    }
  }

  async #findAnew(id: WorkspaceId): Promise<ContainerPlace> {
    await this.#options.refreshIndex();
    const place = this.#options.index.find(id);
    if (place !== undefined && isAlive(place.state)) return place;
    throw new PodexError('workspace_not_running', 'The workspace is not running. Start it first.', {});
  }
}

/** @throws ZodError when there is no workspace’s id in the path. */
function parseUrl(url = ''): { id: WorkspaceId; path: string } {
  const match = PREFIX.exec(url);
  const id = workspaceId.parse(match?.[1]);
  const rest = url.slice(match?.[0].length);
  return { id, path: rest.startsWith('/') ? rest : `/${rest}` };
}

function targetOver(connection: Duplex, path: string, requestId: string): ForwardTarget {
  return {
    connection: { createConnection: () => connection },
    path,
    headers: { host: 'workspace', [REQUEST_ID_HEADER]: requestId },
    unreachable: (cause) =>
      new PodexError('daemon_unreachable', 'The workspace broke the connection off.', {}, { cause }),
    timeoutMs: FIRST_BYTE_TIMEOUT_MS,
  };
}
