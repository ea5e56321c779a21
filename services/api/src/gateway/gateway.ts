import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import type { WorkspaceStatus } from '@podex/contracts/workspaces';
import { requestClaims, type SignCapability } from '@podex/service-kit/capability';
import { type ForwardTarget, forwardRequest } from '@podex/service-kit/forward';
import { forwardUpgrade } from '@podex/service-kit/forward-upgrade';
import type { Actor } from '../calls/actor.ts';
import type { Call } from '../calls/call.ts';
import type { Db } from '../database/connect.ts';
import { seenStatus } from '../workspaces/record/workspace-view.ts';
import { getOwnWorkspace } from '../workspaces/workspaces.ts';
import { attachment } from './attachment.ts';
import type { WorkspaceTarget } from './workspace-route.ts';

/** A command may be waited for during a minute before the first byte of its answer. */
const FIRST_BYTE_TIMEOUT_MS = 90_000;
/** Used at rest for as long as compute keeps an idle connection, less a second: never the one that it is just closing. */
const IDLE_SOCKET_MS = 64_000;
const IDLE_SOCKETS_MAX = 128;
/** How long a use of a workspace waits for it to start. */
const START_WAIT_MS = 30_000;
/** Where waiting helps; one that failed is started by a person who has read why. */
const STARTS_FOR_USE: ReadonlySet<WorkspaceStatus> = new Set([
  'creating',
  'pausing',
  'paused',
  'stopping',
  'stopped',
]);

/** What a workspace sends is data: a browser that is led to it saves it, and runs nothing of it on api’s origin. */
const WORKSPACE_RESPONSE_HEADERS = {
  'cache-control': 'private, no-cache',
  'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

export interface GatewayOptions {
  db: Db;
  compute: { baseUrl: string };
  sign: SignCapability;
  /** Starts a workspace for a use of it. @throws PodexError workspace_not_running after the wait. */
  startForUse: (id: WorkspaceId, waitMs: number, call: Call) => Promise<void>;
}

export interface GatewayCall {
  actor: Actor;
  requestId: string;
  method: string;
  target: WorkspaceTarget;
  access: 'read' | 'write';
  /** Of a request that is a use of the workspace; it waits for one that starts. */
  use?: Call | undefined;
  /** A use that makes one go on that is paused, and starts nothing. */
  isEnding?: boolean;
  /** Of ours, for the workspace. */
  headers?: Readonly<Record<string, string>>;
}

/**
 * Forwards what happens inside a workspace to compute, as bytes: the owner is checked here, everything else is the workspace’s own.
 * A workspace that does not run is started by its next use, which waits for it; who only reads is told what it is.
 */
export class Gateway {
  readonly #db: Db;
  readonly #compute: GatewayOptions['compute'];
  readonly #sign: SignCapability;
  readonly #startForUse: GatewayOptions['startForUse'];
  readonly #agent = new Agent({ keepAlive: true, timeout: IDLE_SOCKET_MS, maxFreeSockets: IDLE_SOCKETS_MAX });

  constructor({ db, compute, sign, startForUse }: GatewayOptions) {
    this.#db = db;
    this.#compute = compute;
    this.#sign = sign;
    this.#startForUse = startForUse;
  }

  /** @throws PodexError workspace_not_found, workspace_not_running, service_unavailable, timed_out. */
  async forward(call: GatewayCall, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    await forwardRequest(incoming, outgoing, await this.#target(call, this.#agent));
  }

  /** @throws PodexError as `forward`. */
  async forwardUpgrade(
    call: GatewayCall,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    await forwardUpgrade(request, socket, head, await this.#target(call, false));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #target(call: GatewayCall, agent: Agent | false): Promise<ForwardTarget> {
    const { workspaceId: id, path: inside } = call.target;
    await this.#requireRunning(call, id);
    const base = new URL(this.#compute.baseUrl);
    const path = `/workspaces/${id}${inside}`;
    const grant = {
      workspaceId: id,
      userId: call.actor.userId,
      access: call.access,
      requestId: call.requestId,
    };
    const capability = await this.#sign(requestClaims({ ...grant, method: call.method, target: path }));
    return {
      connection: { host: base.hostname, port: base.port === '' ? 80 : Number(base.port), agent },
      path,
      headers: {
        host: base.host,
        authorization: `Bearer ${capability}`,
        'x-request-id': call.requestId,
        ...call.headers,
      },
      responseHeaders: { ...WORKSPACE_RESPONSE_HEADERS, 'content-disposition': attachment(call.target) },
      unreachable: (cause) =>
        new PodexError(
          'service_unavailable',
          'Can’t reach the compute service. Is it running?',
          { service: 'compute' },
          { cause },
        ),
      timeoutMs: FIRST_BYTE_TIMEOUT_MS,
    };
  }

  async #requireRunning({ actor, use, isEnding = false }: GatewayCall, id: WorkspaceId): Promise<void> {
    const row = await getOwnWorkspace(this.#db, actor, id);
    const { status } = seenStatus(row);
    if (status === 'running') return;
    const isMeant = isEnding ? row.desired_status === 'paused' : STARTS_FOR_USE.has(status);
    if (use !== undefined && isMeant) return this.#startForUse(id, START_WAIT_MS, use);
    throw new PodexError('workspace_not_running', `The workspace is ${status}. Start it first.`, { status });
  }
}
