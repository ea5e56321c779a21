import type { Logger } from '@podex/service-kit/logger';
import type { EndReason } from '../calls/request-end.ts';
import { END_MESSAGES } from '../connections/connection-registry.ts';
import { presentEvent } from '../events/event-store.ts';
import type { TopicItem, TopicReader, TopicReading } from '../events/topic-reader.ts';

/**
 * A topic as server-sent events: `id:` is the seq, so that a browser resumes by itself with `Last-Event-ID`. The event `reset`
 * ends it: what was asked for is gone, and `data.seq` is where to go on after reading the resource again. The event `revoked` ends it
 * too: the credential or the right to read has ended.
 */
export function createEventStream(topics: TopicReader, reading: TopicReading, logger: Logger): EventStream {
  const gone = new AbortController();
  const revoked = new AbortController();
  let reason: EndReason | undefined;
  const signal = AbortSignal.any([reading.signal, gone.signal, revoked.signal]);
  const items = topics.read({ ...reading, signal });
  const encoder = new TextEncoder();
  const endWith = (controller: ReadableStreamDefaultController<Uint8Array>, why: EndReason) => {
    const data = JSON.stringify({ reason: why, message: END_MESSAGES[why] });
    controller.enqueue(encoder.encode(`event: revoked\ndata: ${data}\n\n`));
    controller.close();
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await items.next();
        if (reason !== undefined) endWith(controller, reason);
        else if (done) controller.close();
        else controller.enqueue(encoder.encode(toText(value)));
      } catch (error) {
        if (!signal.aborted) logger.error({ err: error, topic: reading.topic }, 'live.stream_failed');
        controller.error(error);
      }
    },
    cancel() {
      gone.abort(new Error('the client went away'));
    },
  });
  const revoke = (why: EndReason) => {
    reason = why;
    revoked.abort(new Error('revoked'));
  };
  return { body, revoke };
}

export interface EventStream {
  body: ReadableStream<Uint8Array>;
  /** Says why, and ends. */
  revoke(reason: EndReason): void;
}

function toText(item: TopicItem): string {
  switch (item.type) {
    case 'subscribed':
    case 'idle':
      return ': waiting\n\n';
    case 'reset':
      return `event: reset\ndata: ${JSON.stringify({ seq: item.seq })}\n\n`;
    case 'events':
      return item.events
        .map((event) => `id: ${event.seq}\ndata: ${JSON.stringify(presentEvent(event))}\n\n`)
        .join('');
  }
}
