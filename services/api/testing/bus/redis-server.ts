import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

const START_TIMEOUT_MS = 10_000;

/** A real Redis on a free port of this machine; `redis-server` must be on PATH. */
export class RedisServer {
  readonly port: number;
  #process: ChildProcess | undefined;

  constructor(port: number) {
    this.port = port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const flags = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.#process = spawn('redis-server', flags, { stdio: 'ignore' });
    const failed = once(this.#process, 'error').then(([cause]) => {
      throw new Error('redis-server cannot be started. Install it: apt-get install redis-server', { cause });
    });
    await Promise.race([failed, this.#ready()]);
  }

  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  }

  async #ready(): Promise<void> {
    const client = new Redis(this.url, { lazyConnect: true, retryStrategy: () => 50 });
    client.on('error', () => undefined);
    const timer = setTimeout(() => client.disconnect(), START_TIMEOUT_MS);
    try {
      await client.ping();
    } finally {
      clearTimeout(timer);
      client.disconnect();
    }
  }
}

export async function startRedisServer(): Promise<RedisServer> {
  const server = new RedisServer(await freePort());
  await server.start();
  return server;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
