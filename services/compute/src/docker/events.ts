import type { Readable } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { z } from 'zod';
import type { CallOptions, EngineClient } from './client.ts';
import { readJsonLines } from './json-lines.ts';

const HEAD_TIMEOUT_MS = 10_000;

const event = z.object({ Action: z.string(), Actor: z.object({ ID: z.string() }) });

export interface ContainerEvent {
  action: string;
  containerId: string;
}

const WATCHED = ['start', 'die', 'oom', 'destroy', 'pause', 'unpause'];

/**
 * What happens to containers with the label from the moment this resolves, until the engine ends the stream or `signal` aborts (then
 * the iteration throws). Iterate it to its end. A network that is cut ends it only when TCP gives up: a heartbeat must watch over it.
 */
export async function watchContainers(
  client: EngineClient,
  label: string,
  options: CallOptions = {},
): Promise<AsyncIterable<ContainerEvent>> {
  const response = await client.openStream({
    call: 'events',
    method: 'GET',
    path: '/events',
    query: { filters: JSON.stringify({ type: ['container'], label: [label], event: WATCHED }) },
    timeoutMs: HEAD_TIMEOUT_MS,
    ...options,
  });
  if (response.status === 'ok') return readEvents(response.value, options.signal);
  throw new PodexError(
    'container_failed',
    `The engine of ${client.engine.serverName} sends no events. Check its log; compute tries again by itself.`,
    { reason: response.reason },
  );
}

async function* readEvents(
  stream: Readable,
  signal: AbortSignal | undefined,
): AsyncGenerator<ContainerEvent> {
  const stop = () => stream.destroy();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) return;
    for await (const line of readJsonLines(stream)) {
      const parsed = event.safeParse(line);
      if (parsed.success) yield { action: parsed.data.Action, containerId: parsed.data.Actor.ID };
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stream.destroy();
  }
}
