import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { type WorkspaceId, workspaceId } from '@podex/contracts/ids';
import type { Capability } from '@podex/contracts/internal/capability';
import type { LinkTarget } from '@podex/contracts/internal/daemon';
import type { CheckCapability } from '@podex/service-kit/capability';
import { type ForwardTarget, forwardRequest } from '@podex/service-kit/forward';
import { forwardUpgrade } from '@podex/service-kit/forward-upgrade';
import { REQUEST_ID_HEADER } from '@podex/service-kit/http-app';
import { errorForUsers } from '../api/reasons-for-users.ts';
import { type ContainerIndex, type ContainerPlace, isAlive } from '../containers/container-index.ts';
import type { LinkPool } from '../links/link-pool.ts';
import { type Activity, isUse } from './activity.ts';
import { InputFrames } from './input-frames.ts';

const PREFIX = /^\/workspaces\/([^/]+)(\/.*)$/;
const CONNECT_TIMEOUT_MS = 15_000;
/** A command may be waited for during a minute before the first byte of its answer. */
const FIRST_BYTE_TIMEOUT_MS = 85_000;
/** Between compute and the daemon alone; see the contract of the daemon. */
const OWN_PATHS = new Set(['/settings', '/health']);
const DAEMON: LinkTarget = { kind: 'daemon' };

export interface GatewayOptions {
  index: ContainerIndex;
  /** Lists the containers of every server again; shared by all who ask at once. */
  refreshIndex: () => Promise<void>;
  links: LinkPool;
  activity: Activity;
  /** Says whether api allowed exactly this request. */
  checkCapability: CheckCapability;
}

/** Forwards `/workspaces/{id}/…` to the daemon of the workspace, as bytes, over its link. Wakes nothing. */
export class Gateway {
  readonly #options: GatewayOptions;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** @throws PodexError unauthenticated, forbidden, workspace_not_running, server_unreachable, daemon_unreachable, timed_out. */
  async forward(requestId: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { id, path } = await this.#admit(incoming);
    if (isUse(incoming.method)) this.#options.activity.note(id);
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
    const { id, path: asked, access } = await this.#admit(request);
    const path = access === 'read' ? watching(asked) : asked;
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

  async #admit(request: IncomingMessage): Promise<AdmittedRequest> {
    const parsed = parseTarget(request.url ?? '');
    const { access } = await this.#options.checkCapability({
      authorization: request.headers.authorization,
      workspaceId: parsed.id,
      method: request.method ?? 'GET',
      target: request.url ?? '',
    });
    return { ...parsed, access };
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

interface WorkspaceRequest {
  id: WorkspaceId;
  /** Path and query at the daemon. */
  path: string;
}

type AdmittedRequest = WorkspaceRequest & Pick<Capability, 'access'>;

const ATTACH = /^(\/terminals\/[^/?]+\/)attach(?=\?|$)/;

/**
 * Who may only read is shown a terminal and types nothing in it. That is another path of the daemon, so that one which is too old to
 * tell the two apart shows nothing.
 *
 * @throws PodexError forbidden.
 */
function watching(path: string): string {
  if (ATTACH.test(path)) return path.replace(ATTACH, '$1watch');
  throw new PodexError('forbidden', 'This capability is for reading only.', {});
}

/** @throws PodexError invalid_request; ZodError when there is no workspace’s id in the path. */
function parseTarget(target: string): WorkspaceRequest {
  if (!target.startsWith('/workspaces/') || !URL.canParse(target, 'http://compute')) {
    throw new PodexError('invalid_request', 'The request target must be a path below /workspaces/.', {});
  }
  const { pathname, search } = new URL(target, 'http://compute');
  const [, id, path = '/'] = PREFIX.exec(pathname) ?? [];
  if (OWN_PATHS.has(path)) throw new PodexError('not_found', `There is no ${path} in a workspace.`, {});
  return { id: workspaceId.parse(id), path: `${path}${search}` };
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
