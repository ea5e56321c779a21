import type { Bus } from '@podex/bus/bus';
import { streamConversationEvents } from '@podex/contracts/routes/conversation-routes';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import { getOwnConversation } from '../conversations/conversation-store.ts';
import type { Db } from '../database/connect.ts';
import type { ApiApp } from '../http/api-app.ts';
import { presentEvent } from './live-connection.ts';
import { readTopic, type TopicItem } from './topic-reader.ts';
import { topicOf } from './topics.ts';
