import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { PodexError } from '@podex/contracts/errors';
import { workspaceId } from '@podex/contracts/ids';
import { attemptHeaders } from '@podex/contracts/internal/capability';
import { type CheckCapability, createCapabilityCheck } from '@podex/service-kit/capability';
import { forwardRequest } from '@podex/service-kit/forward';
import { toPodexError } from '@podex/service-kit/http-app';
import { DaemonProcess } from '../../../workspace/daemon/src/testing/test-daemon.ts';

/** The real daemon, without a container, behind what compute puts in front of it. */
export class DaemonGateway implements AsyncDisposable {
  readonly url: string;
  readonly daemon: DaemonProcess;
  /** Of each request on its way to the daemon; it goes no further before this resolves. */
  onForward: (method: string, path: string) => Promise<void> = async () => undefined;
  readonly #server: Server;

  private constructor(url: string, daemon: DaemonProcess, server: Server) {
    this.url = url;
    this.daemon = daemon;
    this.#server = server;
  }

  /** `key`: what the signer of capabilities has as well. */
  static async start(key: string): Promise<DaemonGateway> {
    const check = createCapabilityCheck(key);
    const daemon = await DaemonProcess.start();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const gateway = new DaemonGateway(`http://127.0.0.1:${port}`, daemon, server);
    server.on('request', (incoming, outgoing) => {
      gateway.#forward(check, incoming, outgoing).catch((error: unknown) => refuse(outgoing, error));
    });
    return gateway;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.daemon[Symbol.asyncDispose]();
  }

  async #forward(check: CheckCapability, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const [, id = '', path = '/'] = /^\/workspaces\/([^/]+)(.*)$/.exec(url) ?? [];
    const claims = await check({
      authorization: headers.authorization,
      workspaceId: workspaceId.parse(id),
      method,
      target: url,
    });
    await this.onForward(method, path);
    await forwardRequest(incoming, outgoing, {
      connection: { createConnection: () => connect(this.daemon.folders.socketPath) },
      path,
      headers: { host: 'workspace', ...attemptHeaders(claims) },
      unreachable: (cause) =>
        new PodexError('daemon_unreachable', 'The daemon does not respond.', {}, { cause }),
      timeoutMs: 90_000,
    });
  }
}

function refuse(outgoing: ServerResponse, thrown: unknown): void {
  const error = toPodexError(thrown);
  if (outgoing.headersSent) outgoing.destroy();
  else
    outgoing
      .writeHead(error.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(error.toBody('test')));
}
