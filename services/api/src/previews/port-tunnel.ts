import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorBody, PodexError } from '@podex/contracts/errors';
import { PORT_TUNNEL_PROTOCOL, portTunnelPath } from '@podex/contracts/internal/port-tunnel';
import type { SignCapability } from '@podex/service-kit/capability';
import { firstAnswer } from '@podex/service-kit/forward';
import type { PreviewPlace } from './preview-addresses.ts';

const CONNECT_TIMEOUT_MS = 25_000;
const REFUSAL_BYTES_MAX = 65_536;

export interface PortTunnelsOptions {
  compute: { baseUrl: string };
  sign: SignCapability;
}

/**
 * Opens connections to ports of workspaces. Each is for one request or one WebSocket and is never used again: whatever a program says on
 * it, or another client, cannot be taken for a part of somebody else’s exchange.
 */
export class PortTunnels {
  readonly #options: PortTunnelsOptions;

  constructor(options: PortTunnelsOptions) {
    this.#options = options;
  }

  /** @throws PodexError port_not_listening, workspace_not_running, daemon_unreachable, service_unavailable, timed_out. */
  async open(place: PreviewPlace, requestId: string): Promise<Duplex> {
    const { compute, sign } = this.#options;
    const { workspaceId, port } = place;
    const base = new URL(compute.baseUrl);
    const claims = {
      kind: 'port',
      workspace_id: workspaceId,
      port,
      access: 'write',
      request_id: requestId,
    } as const;
    const upstream = httpRequest({
      host: base.hostname,
      port: base.port === '' ? 80 : Number(base.port),
      path: portTunnelPath(workspaceId, port),
      agent: false,
      insecureHTTPParser: false,
      headers: {
        host: base.host,
        authorization: `Bearer ${await sign(claims)}`,
        'x-request-id': requestId,
        connection: 'Upgrade',
        upgrade: PORT_TUNNEL_PROTOCOL,
      },
    });
    const target = { timeoutMs: CONNECT_TIMEOUT_MS, unreachable };
    const answered = firstAnswer(upstream, target, { expectsUpgrade: true });
    upstream.end();
    const { response, upgraded } = await answered;
    if (upgraded === undefined) throw await refusalOf(response);
    const { stream, head } = upgraded;
    if (head.length > 0) stream.unshift(head);
    // Its user gets the error too; one that breaks before that must not end the process.
    stream.on('error', () => stream.destroy());
    return stream;
  }
}

/** What compute says of why it did not. */
async function refusalOf(response: IncomingMessage): Promise<PodexError> {
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > REFUSAL_BYTES_MAX) break;
  }
  const isError = errorBody.safeParse(parseJson(text)).success;
  const refusal = isError ? PodexError.fromBody(parseJson(text)) : undefined;
  const status = new Error(`compute refused a tunnel with status ${response.statusCode}`);
  // Of the credentials of this hop.
  return refusal === undefined || [401, 403, 404].includes(refusal.status) ? unreachable(status) : refusal;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(cause: unknown): PodexError {
  const message = 'Can’t reach the compute service. Is it running?';
  return new PodexError('service_unavailable', message, { service: 'compute' }, { cause });
}
