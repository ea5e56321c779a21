import { streamConversationEvents } from '@podex/contracts/routes/conversation-routes';
import type { Logger } from '@podex/service-kit/logger';
import { z } from 'zod';
import { getOwnConversation } from '../conversations/transcript/conversation-store.ts';
import type { Db } from '../database/connect.ts';
import type { TopicReader } from '../events/topic-reader.ts';
import { topicOf } from '../events/topics.ts';

import type { ApiApp } from '../http/api-app.ts';
import { createEventStream } from './event-stream.ts';

const lastEventId = z.coerce.number().int().min(0);

export interface LiveRoutesOptions {
  db: Db;
  topics: TopicReader;
  logger: Logger;
}

export function addLiveRoutes(app: ApiApp, { db, topics, logger }: LiveRoutesOptions): void {
  app.openapi(streamConversationEvents, async (context) => {
    const { conversation_id: id } = context.req.valid('param');
    await getOwnConversation(db, context.get('actor'), id);
    const resumed = context.req.header('last-event-id');
    const after = resumed === undefined ? context.req.valid('query').after : lastEventId.parse(resumed);
    const { signal } = context.req.raw;
    const stream = createEventStream(topics, { topic: topicOf.conversation(id), after, signal }, logger);
    const end = context.get('requestEnd');
    end.farewell = stream.revoke;
    return context.body(stream.body, 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
  });
}
