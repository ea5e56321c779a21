import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to api that can break: connections that are open end, and new ones are not taken until it is mended. */
export class BreakingRelay implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #state: { isBroken: boolean };

  private constructor(server: Server, sockets: Set<Socket>, state: { isBroken: boolean }) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#server = server;
    this.#sockets = sockets;
    this.#state = state;
  }

  static async start(target: string): Promise<BreakingRelay> {
    const { hostname, port } = new URL(target);
    const sockets = new Set<Socket>();
    const state = { isBroken: false };
    const server = createServer((near) => {
      if (state.isBroken) {
        near.destroy();
        return;
      }
      const far = connect(Number(port), hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new BreakingRelay(server, sockets, state);
  }

  break(): void {
    this.#state.isBroken = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#state.isBroken = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.break();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
