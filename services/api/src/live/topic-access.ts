import { PodexError } from '@podex/contracts/errors';
import { conversationId, workspaceId } from '@podex/contracts/ids';
import { getOwnConversation } from '../conversations/conversation-store.ts';
import type { Db } from '../database/connect.ts';
import type { Actor } from '../http/actor.ts';
import { getOwnWorkspace } from '../workspaces/workspaces.ts';

/** @throws PodexError when the topic is not the actor’s: the same error that its resource would answer with. */
export async function requireReadable(db: Db, actor: Actor, topic: string): Promise<void> {
  const [kind = '', id = ''] = topic.split(':');
  switch (kind) {
    case 'user':
      if (id === actor.userId) return;
      throw new PodexError('user_not_found', 'There is no such user.', {});
    case 'workspace':
      await getOwnWorkspace(db, actor, workspaceId.parse(id));
      return;
    case 'conversation':
      await getOwnConversation(db, actor.userId, conversationId.parse(id));
      return;
    case 'servers':
      if (actor.role === 'admin' && actor.scope === 'admin') return;
      throw new PodexError('forbidden', 'This is for admins.', {});
    default:
      throw new PodexError('not_found', 'There is no such topic.', {});
  }
}
