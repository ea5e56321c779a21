import { PodexError } from '@podex/contracts/errors';
import { conversationId, type WorkspaceId, workspaceId } from '@podex/contracts/ids';
import type { Actor } from '../calls/actor.ts';
import { getOwnConversation } from '../conversations/transcript/conversation-store.ts';
import type { Db } from '../database/connect.ts';
import { getOwnWorkspace } from '../workspaces/workspaces.ts';

export interface TopicAccess {
  /** The workspace whose visibility the topic needs; undefined when it needs none. */
  workspaceId: WorkspaceId | undefined;
}

/** @throws PodexError when the topic is not the actor’s: the same error that its resource would answer with. */
export async function requireReadable(db: Db, actor: Actor, topic: string): Promise<TopicAccess> {
  const [kind = '', id = ''] = topic.split(':');
  switch (kind) {
    case 'user':
      if (id === actor.userId) return { workspaceId: undefined };
      throw new PodexError('user_not_found', 'There is no such user.', {});
    case 'workspace':
      return { workspaceId: (await getOwnWorkspace(db, actor, workspaceId.parse(id))).id };
    case 'conversation':
      return {
        workspaceId: (await getOwnConversation(db, actor.userId, conversationId.parse(id))).workspace_id,
      };
    case 'servers':
      if (actor.role === 'admin' && actor.scope === 'admin') return { workspaceId: undefined };
      throw new PodexError('forbidden', 'This is for admins.', {});
    default:
      throw new PodexError('not_found', 'There is no such topic.', {});
  }
}
