import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { execa } from 'execa';
import { z } from 'zod';

const TIMEOUT_MS = 60_000;

/** The raw limit: the engine without Podex, through its own client and API. */
export class RawDocker {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async run(args: string[]): Promise<string> {
    const { stdout } = await execa('docker', args, {
      env: { DOCKER_HOST: `unix://${this.#socketPath}` },
      timeout: TIMEOUT_MS,
    });
    return stdout;
  }

  /** A shell on a TTY as `docker exec -it` has it, without the client in between. */
  async openTty(container: string): Promise<Duplex> {
    const created = await this.#json(`/containers/${container}/exec`, {
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      Cmd: ['/bin/bash'],
    });
    const { Id } = z.object({ Id: z.string() }).parse(created);
    return this.#hijack(`/exec/${Id}/start`, { Detach: false, Tty: true });
  }

  async #json(path: string, body: unknown): Promise<unknown> {
    const text = JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = request(
        {
          socketPath: this.#socketPath,
          path,
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        },
        (response) => {
          let answer = '';
          response.on('data', (chunk) => {
            answer += chunk;
          });
          response.on('end', () => resolve(JSON.parse(answer)));
        },
      );
      call.on('error', reject);
      call.end(text);
    });
  }

  #hijack(path: string, body: unknown): Promise<Duplex> {
    const text = JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = request({
        socketPath: this.#socketPath,
        path,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          connection: 'Upgrade',
          upgrade: 'tcp',
        },
      });
      call.on('upgrade', (_response, socket) => resolve(socket));
      call.on('error', reject);
      call.end(text);
    });
  }
}
