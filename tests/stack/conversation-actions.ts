import { type TranscriptTurn, transcriptPage } from '@podex/contracts/transcript';
import type { Person } from './person.ts';

export async function beginConversation(
  person: Person,
  workspaceId: string,
  mode: 'ask' | 'auto',
): Promise<string> {
  const { data } = await person.client.POST('/api/workspaces/{workspace_id}/conversations', {
    params: { path: { workspace_id: workspaceId } },
    body: { mode },
  });
  if (!data) throw new Error('no conversation');
  return data.id;
}

export async function say(person: Person, conversationId: string, text: string): Promise<string> {
  const { data } = await person.client.POST('/api/conversations/{conversation_id}/messages', {
    params: { path: { conversation_id: conversationId } },
    body: { text, delivery: 'steer' },
  });
  if (!data) throw new Error('no turn');
  return data.turn_id;
}

/** Waits for an approval of the conversation and answers it. */
export async function answerApproval(
  person: Person,
  conversationId: string,
  decision: 'approve' | 'deny',
): Promise<void> {
  const { data } = await person.client.GET('/api/approvals', { params: { query: { status: 'pending' } } });
  const approval = data?.items.find((item) => item.conversation_id === conversationId);
  if (!approval) throw new Error('nothing waits for an approval');
  await person.client.POST('/api/approvals/{approval_id}', {
    params: { path: { approval_id: approval.id } },
    body: { decision },
  });
}

/** Its newest turns, oldest first, as a page reads them that is opened now. */
export async function readTurns(person: Person, conversationId: string): Promise<TranscriptTurn[]> {
  const { data } = await person.client.GET('/api/conversations/{conversation_id}/transcript', {
    params: { path: { conversation_id: conversationId } },
  });
  return transcriptPage.parse(data).items.toReversed();
}
