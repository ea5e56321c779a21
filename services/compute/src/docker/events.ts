import { z } from 'zod';
import type { CallOptions, EngineClient } from './client.ts';
import { readJsonLines } from './json-lines.ts';

const HEAD_TIMEOUT_MS = 10_000;

const event = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
});

export interface ContainerEvent {
  /** `start`, `die`, `oom`, `destroy`, `pause`, `unpause`, … */
  action: string;
  containerId: string;
  labels: Readonly<Record<string, string>>;
}

const WATCHED = ['start', 'die', 'oom', 'destroy', 'pause', 'unpause'];

/**
 * What happens to containers with the label, from now on, until the engine ends the stream or `signal` aborts. Events of the time
 * before are lost: list first, or after. A network that is cut ends it only when TCP gives up; a heartbeat must watch over it.
 */
export async function* watchContainers(
  client: EngineClient,
  label: string,
  options: CallOptions = {},
): AsyncGenerator<ContainerEvent> {
  const answer = await client.openStream({
    call: 'events',
    method: 'GET',
    path: '/events',
    query: { filters: JSON.stringify({ type: ['container'], label: [label], event: WATCHED }) },
    timeoutMs: HEAD_TIMEOUT_MS,
    ...options,
  });
  if (answer.status !== 'ok') return;
  const stream = answer.value;
  const stop = () => stream.destroy();
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of readJsonLines(stream)) {
      const parsed = event.safeParse(line);
      if (!parsed.success) continue;
      const { Action, Actor } = parsed.data;
      yield { action: Action, containerId: Actor.ID, labels: Actor.Attributes };
    }
  } finally {
    options.signal?.removeEventListener('abort', stop);
    stream.destroy();
  }
}
