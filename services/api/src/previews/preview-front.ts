import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { type ForwardTarget, forwardRequest } from '@podex/service-kit/forward';
import { forwardUpgrade } from '@podex/service-kit/forward-upgrade';
import { REQUEST_ID_HEADER, requestIdOf, toPodexError } from '@podex/service-kit/http-app';
import { admitSocket } from '@podex/service-kit/http-server';
import type { Logger } from '@podex/service-kit/logger';
import type { Db } from '../database/connect.ts';
import { parseRequestTarget } from '../gateway/workspace-route.ts';
import type { AddressOf } from '../network/client-address.ts';
import { findWorkspaceById } from '../workspaces/record/workspace-store.ts';
import { seenStatus } from '../workspaces/record/workspace-view.ts';
import type { AdmittedBy, OpenPreviews } from './open-previews.ts';
import type { PortTunnels } from './port-tunnel.ts';
import { OPEN_PATH } from './preview-access.ts';
import type { PreviewAddresses, PreviewPlace, PreviewTarget } from './preview-addresses.ts';
import type { Admission, PreviewAdmission } from './preview-admission.ts';
import { isInFrame } from './preview-cookies.ts';
import { passingOf } from './preview-headers.ts';
import { askingPage, pageHeaders, pageOfError } from './preview-pages.ts';

/** A development server may build for a while before it responds. */
const FIRST_BYTE_TIMEOUT_MS = 120_000;
/** What its browser may ask of another preview of the same workspace; what it is told of the answer, the program decides. */
const PREFLIGHT_SECONDS = 600;

export interface PreviewFrontOptions {
  db: Db;
  addresses: PreviewAddresses;
  admission: PreviewAdmission;
  tunnels: PortTunnels;
  open: OpenPreviews;
  addressOf: AddressOf;
  pageOrigin: string;
  logger: Logger;
}

/** Everything that is asked of the hosts of previews. Nothing of api is here, and nothing of this on api’s own host. */
export class PreviewFront {
  readonly #options: PreviewFrontOptions;

  constructor(options: PreviewFrontOptions) {
    this.#options = options;
  }

  /** Never throws: what goes wrong is shown. */
  async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const requestId = idOf(incoming);
    let target: PreviewTarget | undefined;
    try {
      const { addresses, admission } = this.#options;
      target = addresses.find(incoming);
      const location = target === undefined ? addresses.elsewhere(incoming) : undefined;
      if (location !== undefined) {
        outgoing.writeHead(307, { location, 'cache-control': 'no-store', vary: 'referer' }).end();
        return;
      }
      if (target === undefined) throw nothingHere();
      const admitted = await admission.admit(incoming, target);
      if (admitted.kind !== 'admitted') this.#respond(outgoing, admitted, incoming);
      else await this.#forward({ incoming, outgoing, target, admission: admitted, requestId });
    } catch (error) {
      this.#refuse(error, { incoming, outgoing, target, requestId });
    }
  }

  /** @throws PodexError when nothing was answered yet. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // What the server refuses of other requests, it lets through here.
    parseRequestTarget(request.url ?? '');
    const target = this.#options.addresses.find(request);
    if (target === undefined) throw nothingHere();
    const { place } = target;
    const admission = await this.#options.admission.admit(request, target);
    if (admission.kind !== 'admitted') {
      throw new PodexError('unauthenticated', 'This preview is private. Open its page first.', {});
    }
    const { by } = admission;
    if (by.kind === 'session') admitSocket(request.socket);
    const requestId = idOf(request);
    using _open = this.#options.open.open({
      place,
      by,
      address: this.#options.addressOf(request),
      close: () => socket.destroy(),
    });
    await this.#requireRunning(place);
    const connection = await this.#options.tunnels.open(place, requestId);
    try {
      const forwarded = this.#forwardTo({ connection, target, admission, isUpgrade: true }, request);
      await forwardUpgrade(request, socket, head, forwarded);
    } finally {
      connection.destroy();
    }
  }

  async #forward({ incoming, outgoing, target, admission, requestId }: AdmittedRequest): Promise<void> {
    const { place } = target;
    const { open, tunnels, addressOf } = this.#options;
    if (admission.by.kind === 'session') admitSocket(incoming.socket);
    const registered = open.open({
      place,
      by: admission.by,
      address: addressOf(incoming),
      close: () => incoming.socket.destroy(),
    });
    // A browser that has gone away meanwhile leaves nothing open.
    const release = () => registered[Symbol.dispose]();
    outgoing.once('close', release);
    if (outgoing.closed) release();
    await this.#requireRunning(place);
    const connection = await tunnels.open(place, requestId);
    try {
      await forwardRequest(
        incoming,
        outgoing,
        this.#forwardTo({ connection, target, admission, isUpgrade: false }, incoming),
      );
    } finally {
      connection.destroy();
    }
  }

  #forwardTo(
    {
      connection,
      target: { place, path },
      admission,
      isUpgrade,
    }: { connection: Duplex; target: PreviewTarget; admission: Admitted; isUpgrade: boolean },
    incoming: IncomingMessage,
  ): ForwardTarget {
    const { addresses, pageOrigin, addressOf } = this.#options;
    const address = addressOf(incoming);
    const { port } = place;
    return {
      connection: { createConnection: () => connection },
      path,
      headers: {},
      passing: passingOf({ place, addresses, pageOrigin, address, isUpgrade, isPublic: admission.isPublic }),
      unreachable: (cause) =>
        new PodexError(
          'port_broke_off',
          `The server on port ${port} did not send a valid response.`,
          { port },
          { cause },
        ),
      timeoutMs: FIRST_BYTE_TIMEOUT_MS,
    };
  }

  /** @throws PodexError workspace_not_running. */
  async #requireRunning({ workspaceId }: PreviewPlace): Promise<void> {
    const row = await findWorkspaceById(this.#options.db, workspaceId);
    const isGone = row === undefined || row.desired_status === 'deleted';
    const status = isGone ? 'deleted' : seenStatus(row).status;
    if (status === 'running') return;
    throw new PodexError('workspace_not_running', `The workspace is ${status}. Start it first.`, { status });
  }

  #respond(
    outgoing: ServerResponse,
    admission: Exclude<Admission, Admitted>,
    incoming: IncomingMessage,
  ): void {
    const { pageOrigin } = this.#options;
    if (admission.kind === 'ask-page') {
      const { state, path, cookies } = admission;
      const { headers, html } = askingPage({ state, path }, pageOrigin);
      outgoing.writeHead(200, { ...headers, 'set-cookie': [...cookies] }).end(html);
      return;
    }
    if (admission.kind === 'redirect') {
      outgoing
        .writeHead(302, {
          location: admission.location,
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
          ...(admission.cookies.length > 0 ? { 'set-cookie': [...admission.cookies] } : {}),
        })
        .end();
      return;
    }
    const { 'access-control-request-headers': names } = incoming.headers;
    outgoing
      .writeHead(204, {
        'access-control-allow-origin': admission.origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        ...(names === undefined ? {} : { 'access-control-allow-headers': names }),
        'access-control-max-age': String(PREFLIGHT_SECONDS),
        vary: 'origin, access-control-request-headers',
      })
      .end();
  }

  #refuse(
    thrown: unknown,
    {
      incoming,
      outgoing,
      target,
      requestId,
    }: {
      incoming: IncomingMessage;
      outgoing: ServerResponse;
      target: PreviewTarget | undefined;
      requestId: string;
    },
  ): void {
    const error = toPodexError(thrown);
    if (error.code === 'internal') {
      this.#options.logger.error({ err: thrown, request_id: requestId }, 'preview.failed');
    }
    if (outgoing.headersSent || outgoing.destroyed) {
      outgoing.destroy();
      return;
    }
    // The rest of a body that nobody reads would be taken for the next request.
    if (!incoming.complete) outgoing.shouldKeepAlive = false;
    const isPage = wantsPage(incoming);
    const { addresses, pageOrigin } = this.#options;
    const prefix = target === undefined ? '' : addresses.prefixOf(target.place);
    const body = isPage
      ? pageOfError(error, {
          port: target?.place.port ?? 0,
          homeUrl: `${prefix}/`,
          openUrl: `${prefix}${OPEN_PATH}?${new URLSearchParams({ path: target?.path ?? '/' })}`,
          isInFrame: isInFrame(incoming),
        })
      : JSON.stringify(error.toBody(requestId));
    const headers: OutgoingHttpHeaders = {
      ...pageHeaders(pageOrigin),
      ...(isPage ? {} : { 'content-type': 'application/json' }),
    };
    outgoing
      .writeHead(error.status, {
        ...headers,
        [REQUEST_ID_HEADER]: requestId,
        'content-length': Buffer.byteLength(body),
      })
      .end(incoming.method === 'HEAD' ? undefined : body);
  }
}

type Admitted = Extract<Admission, { kind: 'admitted' }>;

interface AdmittedRequest {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  target: PreviewTarget;
  admission: Admitted & { by: AdmittedBy };
  requestId: string;
}

function nothingHere(): PodexError {
  const message = 'Check the address: no workspace has a preview under this name.';
  return new PodexError('preview_not_found', message, {});
}

function wantsPage({ headers }: IncomingMessage): boolean {
  const { accept = '', 'sec-fetch-dest': destination } = headers;
  if (destination !== undefined && destination !== 'document' && destination !== 'iframe') return false;
  return accept.includes('text/html');
}

function idOf({ headers }: IncomingMessage): string {
  const given = headers[REQUEST_ID_HEADER];
  return requestIdOf(typeof given === 'string' ? given : undefined);
}
