import { Socket } from 'node:net';
import { z } from 'zod';
import type { CallOptions, EngineClient } from './client.ts';
import { ProcessStream } from './demux-stream.ts';

const TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;

/**
 * Starts a program as root in a running container and gives its stdio. The stream has no limit of its own: it hangs indefinitely when the
 * sandbox dies under it, so its owner must watch it.
 *
 * @returns undefined when the container is gone or does not run.
 */
export async function openExec(
  client: EngineClient,
  containerId: string,
  argv: readonly string[],
  options: CallOptions = {},
): Promise<ProcessStream | undefined> {
  const limits = { timeoutMs: TIMEOUT_MS, ...options };
  const created = await client.request(z.object({ Id: z.string() }), {
    call: 'exec.create',
    method: 'POST',
    path: `/containers/${containerId}/exec`,
    body: { Cmd: argv, User: 'root', AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: false },
    expected: [404, 409],
    ...limits,
  });
  if (created.status !== 'ok') return undefined;
  const started = await client.hijack({
    call: 'exec.start',
    method: 'POST',
    path: `/exec/${created.value.Id}/start`,
    body: { Detach: false, Tty: false },
    about: containerId,
    expected: [404, 409],
    ...limits,
  });
  if (started.status !== 'ok') return undefined;
  const connection = started.value;
  if (connection instanceof Socket) {
    connection.setTimeout(0);
    connection.setNoDelay(true);
    connection.setKeepAlive(true, KEEP_ALIVE_MS);
  }
  return new ProcessStream(connection);
}
