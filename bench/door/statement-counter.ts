import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** PostgreSQL’s messages that run a statement: Query, and Execute of a prepared one. */
const RUNS_STATEMENT = new Set([0x51, 0x45]);
const LENGTH_BYTES = 4;

/** Stands between api and PostgreSQL and counts the statements that pass, `begin` and `commit` included. */
export class StatementCounter implements AsyncDisposable {
  readonly #server = createServer((client) => this.#join(client));
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  count = 0;

  private constructor(target: URL) {
    this.#target = target;
  }

  static async start(databaseUrl: string): Promise<StatementCounter> {
    const counter = new StatementCounter(new URL(databaseUrl));
    counter.#server.listen(0, '127.0.0.1');
    await once(counter.#server, 'listening');
    return counter;
  }

  /** The database’s URL, by way of the counter. */
  get url(): string {
    const url = new URL(this.#target);
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  #join(client: Socket): void {
    const database = connect({ host: this.#target.hostname, port: Number(this.#target.port) });
    const count = this.#reader();
    client.on('data', count);
    client.pipe(database).pipe(client);
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }

  /** Each message is a type and a length; only the first of a connection, StartupMessage, has no type. */
  #reader(): (chunk: Buffer) => void {
    let unread = Buffer.alloc(0);
    let typeBytes = 0;
    return (chunk) => {
      unread = Buffer.concat([unread, chunk]);
      while (unread.length >= typeBytes + LENGTH_BYTES) {
        const end = typeBytes + unread.readUInt32BE(typeBytes);
        if (unread.length < end) return;
        if (typeBytes > 0 && RUNS_STATEMENT.has(unread.readUInt8(0))) this.count += 1;
        unread = unread.subarray(end);
        typeBytes = 1;
      }
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
