import type { ConversationId, UserId, WorkspaceId } from '@podex/contracts/ids';

/** Names of the topics of the live socket. */
export const topicOf = {
  user: (id: UserId) => `user:${id}`,
  workspace: (id: WorkspaceId) => `workspace:${id}`,
  conversation: (id: ConversationId) => `conversation:${id}`,
  servers: 'servers',
} as const;

/** Bus channel that is published after an event of the topic was committed. */
export function topicChannel(topic: string): string {
  return `topic:${topic}`;
}
