import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { type WorkspaceId, workspaceId } from '@podex/contracts/ids';
import { attemptHeaders, type Capability } from '@podex/contracts/internal/capability';
import type { LinkTarget } from '@podex/contracts/internal/daemon';
import { SSH_KEYS_HEADER, SSH_PATH } from '@podex/contracts/ssh';
import type { CheckCapability } from '@podex/service-kit/capability';
import { type ForwardTarget, forwardRequest } from '@podex/service-kit/forward';
import { forwardUpgrade } from '@podex/service-kit/forward-upgrade';
import { REQUEST_ID_HEADER } from '@podex/service-kit/http-app';
import { within } from '@podex/service-kit/waiting';
import { errorForUsers } from '../api/reasons-for-users.ts';
import { type ContainerIndex, type ContainerPlace, isAlive } from '../containers/container-index.ts';
import type { LinkPool } from '../links/link-pool.ts';
import type { DaemonUpdates } from '../runtime/daemon-updates.ts';
import { type Activity, isUse } from './activity.ts';
import { InputFrames } from './input-frames.ts';
import { explainOutdated } from './outdated.ts';
import { requireTunnelProtocol, tunnel, tunnelledPort } from './port-tunnel.ts';
import { SshInput } from './ssh-input.ts';

const PREFIX = /^\/workspaces\/([^/]+)(\/.*)$/;
const CONNECT_TIMEOUT_MS = 15_000;
/** With the search for a container that is not where it was. */
const WHOLE_CONNECT_TIMEOUT_MS = 20_000;
/** A command may be waited for during a minute before the first byte of its answer. */
const FIRST_BYTE_TIMEOUT_MS = 85_000;
/** Between compute and the daemon alone; see the contract of the daemon. */
const OWN_PATHS = /^\/(settings|health|questions|upgrade)(\/|$)/;
const DAEMON: LinkTarget = { kind: 'daemon' };

export interface GatewayOptions {
  index: ContainerIndex;
  /** Lists the containers of every server again; shared by all who ask at once. */
  refreshIndex: () => Promise<void>;
  links: LinkPool;
  activity: Activity;
  updates: Pick<DaemonUpdates, 'find'>;
  /** Called at each use. */
  onUse: (id: WorkspaceId) => void;
  /** Says whether api allowed exactly this request. */
  checkCapability: CheckCapability;
}

/** Forwards `/workspaces/{id}/…` to the daemon of the workspace, as bytes, over its link, and tunnels to its ports. Wakes nothing. */
export class Gateway {
  readonly #options: GatewayOptions;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** @throws PodexError unauthenticated, forbidden, workspace_not_running, server_unreachable, daemon_unreachable, timed_out. */
  async forward(requestId: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const admitted = await this.#admit(incoming);
    const { id, pathname, search } = admitted;
    if (isUse(incoming.method)) this.#noteUse(id);
    const connection = await this.#connect(id);
    try {
      await forwardRequest(
        incoming,
        outgoing,
        this.#target(admitted, connection, `${pathname}${search}`, requestId),
      );
    } finally {
      connection.destroy();
    }
  }

  /** @throws PodexError as `forward`; port_not_listening. */
  async forwardUpgrade(
    requestId: string,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const admitted = await this.#admit(request);
    if (admitted.kind === 'port') return this.#tunnel(admitted, request, socket, head);
    const { id, pathname, search, access } = admitted;
    const path = `${access === 'read' ? watching(pathname) : pathname}${search}`;
    const connection = await this.#connect(id);
    const frames = pathname === SSH_PATH ? new SshInput() : new InputFrames();
    // Paused, so that reading along does not let bytes go by before the other end is joined.
    socket.pause();
    socket.on('data', (chunk: Buffer) => {
      if (frames.see(chunk)) this.#noteUse(id);
    });
    try {
      const target = this.#target(admitted, connection, path, requestId);
      await forwardUpgrade(request, socket, head, withSshKeys(target, pathname, request));
    } finally {
      connection.destroy();
    }
  }

  /** To a port, for api alone. That a connection is opened is a use; what goes over it later is none, or a forgotten tab would be. */
  async #tunnel(
    { id, pathname }: AdmittedRequest,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const port = tunnelledPort(pathname);
    if (port === undefined) throw new PodexError('not_found', `There is no WebSocket at ${pathname}.`, {});
    requireTunnelProtocol(request);
    this.#noteUse(id);
    const connection = await this.#connect(id, { kind: 'port', port });
    try {
      await tunnel(socket, head, connection);
    } finally {
      connection.destroy();
    }
  }

  #target(
    { id, attempt }: AdmittedRequest,
    connection: Duplex,
    path: string,
    requestId: string,
  ): ForwardTarget {
    const explain = explainOutdated(id, this.#options.updates);
    const target = targetOver(connection, path, requestId);
    return { ...target, headers: { ...target.headers, ...attempt }, explain };
  }

  /** One that is paused goes on as soon as api knows. */
  #noteUse(id: WorkspaceId): void {
    const { activity, index, onUse } = this.#options;
    onUse(id);
    if (index.find(id)?.state === 'paused') activity.noteNow(id);
    else activity.note(id);
  }

  async #admit(request: IncomingMessage): Promise<AdmittedRequest> {
    const parsed = parseTarget(request.url ?? '');
    const capability = await this.#options.checkCapability({
      authorization: request.headers.authorization,
      workspaceId: parsed.id,
      method: request.method ?? 'GET',
      target: request.url ?? '',
    });
    const { access, kind } = capability;
    return { ...parsed, access, kind, attempt: attemptHeaders(capability) };
  }

  async #connect(id: WorkspaceId, target = DAEMON): Promise<Duplex> {
    try {
      return await within({ timeoutMs: WHOLE_CONNECT_TIMEOUT_MS }, (signal) =>
        this.#connectAsItIs(id, target, signal),
      );
    } catch (error) {
      throw errorForUsers(error);
    }
  }

  async #connectAsItIs(id: WorkspaceId, target: LinkTarget, signal: AbortSignal): Promise<Duplex> {
    const { links, index } = this.#options;
    const known = index.find(id);
    const isThere = known !== undefined && isAlive(known.state) && known.state !== 'paused';
    const place = isThere ? known : await this.#findAnew(id);
    const options = { signal, timeoutMs: CONNECT_TIMEOUT_MS, isOneOfMany: true };
    try {
      return await links.connect(place, target, options);
    } catch (error) {
      if (!PodexError.has(error, 'workspace_not_running')) throw error;
      // It ended, or another container took its place, and the news is not here yet.
      const now = await this.#findAnew(id);
      if (now.containerId === place.containerId) throw error;
      return links.connect(now, target, options);
    }
  }

  async #findAnew(id: WorkspaceId): Promise<ContainerPlace> {
    await this.#options.refreshIndex();
    const place = this.#options.index.find(id);
    if (place?.state === 'paused') {
      throw new PodexError('workspace_not_running', 'The workspace is paused. Start it first.', {
        status: 'paused',
      });
    }
    if (place !== undefined && isAlive(place.state)) return place;
    throw new PodexError('workspace_not_running', 'The workspace is not running. Start it first.', {});
  }
}

interface WorkspaceRequest {
  id: WorkspaceId;
  /** At the daemon. */
  pathname: string;
  /** Its query, with the question mark, or nothing. */
  search: string;
}

interface AdmittedRequest extends WorkspaceRequest, Pick<Capability, 'access' | 'kind'> {
  /** Tells the daemon which attempt at a turn asks; nothing of a person’s request. */
  attempt: OutgoingHttpHeaders;
}

const ATTACH = /^(\/terminals\/[^/]+\/)attach$/;

/**
 * Who may only read is shown a terminal and types nothing in it. That is another path of the daemon, so that one which is too old to
 * tell the two apart shows nothing.
 *
 * @throws PodexError forbidden.
 */
function watching(pathname: string): string {
  if (ATTACH.test(pathname)) return pathname.replace(ATTACH, '$1watch');
  throw new PodexError('forbidden', 'This capability is for reading only.', {});
}

/** @throws PodexError invalid_request; ZodError when there is no workspace’s id in the path. */
function parseTarget(target: string): WorkspaceRequest {
  if (!target.startsWith('/workspaces/') || !URL.canParse(target, 'http://compute')) {
    throw new PodexError('invalid_request', 'The request target must be a path below /workspaces/.', {});
  }
  const { pathname, search } = new URL(target, 'http://compute');
  const [, id, path = '/'] = PREFIX.exec(pathname) ?? [];
  if (OWN_PATHS.test(path)) throw new PodexError('not_found', `There is no ${path} in a workspace.`, {});
  return { id: workspaceId.parse(id), pathname: path, search };
}

/** The one thing that api tells a workspace about who connects. */
function withSshKeys(target: ForwardTarget, pathname: string, { headers }: IncomingMessage): ForwardTarget {
  const keys = headers[SSH_KEYS_HEADER];
  if (pathname !== SSH_PATH || typeof keys !== 'string') return target;
  return { ...target, headers: { ...target.headers, [SSH_KEYS_HEADER]: keys } };
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
