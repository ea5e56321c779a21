import type { Logger } from '@podex/service-kit/logger';
import { presentEvent } from './live-connection.ts';
import { readTopic, type TopicItem, type TopicReading } from './topic-reader.ts';

/**
 * A topic as server-sent events: `id:` is the seq, so that a browser resumes by itself with `Last-Event-ID`. The event `reset`
 * ends it: what was asked for is gone, and `data.seq` is where to go on after reading the resource anew.
 */
export function createEventStream(reading: TopicReading, logger: Logger): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  const signal = AbortSignal.any([reading.signal, gone.signal]);
  const items = readTopic({ ...reading, signal });
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await items.next();
        if (done) controller.close();
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
