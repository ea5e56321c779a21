import {
  createConversation,
  createMessage,
  deleteConversation,
  getConversation,
  getTranscript,
  listConversations,
  updateConversation,
} from '@podex/contracts/routes/conversation-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { ConversationService } from './conversations.ts';

export function addConversationRoutes(app: ApiApp, conversations: ConversationService): void {
  app.openapi(createConversation, async (context) => {
    const input = context.req.valid('json');
    const { workspace_id: workspaceId } = context.req.valid('param');
    return context.json(await conversations.create(workspaceId, input, callOf(context, input)), 201);
  });

  app.openapi(listConversations, async (context) => {
    const { workspace_id: workspaceId } = context.req.valid('param');
    return context.json(
      await conversations.list(workspaceId, context.req.valid('query'), callOf(context)),
      200,
    );
  });

  app.openapi(getConversation, async (context) => {
    const { conversation_id: id } = context.req.valid('param');
    return context.json(await conversations.get(id, callOf(context)), 200);
  });

  app.openapi(getTranscript, async (context) => {
    const { conversation_id: id } = context.req.valid('param');
    return context.json(await conversations.transcript(id, context.req.valid('query'), callOf(context)), 200);
  });

  app.openapi(updateConversation, async (context) => {
    const { conversation_id: id } = context.req.valid('param');
    return context.json(await conversations.update(id, context.req.valid('json'), callOf(context)), 200);
  });

  app.openapi(deleteConversation, async (context) => {
    await conversations.delete(context.req.valid('param').conversation_id, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(createMessage, async (context) => {
    const { conversation_id: id } = context.req.valid('param');
    const input = context.req.valid('json');
    return context.json(await conversations.sendMessage(id, input, callOf(context, input)), 201);
  });
}
