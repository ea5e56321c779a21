'use client';

import type { Conversation } from '@podex/contracts/conversations';
import type { Transcript } from '@podex/contracts/transcript';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import {
  type AgentSettings,
  createConversation,
  createMessage,
  keepConversation,
} from '../api/change-conversation.ts';

/** A message on its way: shown at once, and until the conversation itself tells of it. */
export interface OutgoingMessage {
  key: number;
  text: string;
  /** Known once api has taken it. */
  messageId: string | null;
}

let nextKey = 0;

/**
 * Messages that were taken by api and are not in the view yet. `send` rejects when the request fails; the message is then not kept here,
 * and its text is the caller's to give back.
 */
export function useSendMessage(conversationId: string, { turns }: Transcript) {
  const [outgoing, setOutgoing] = useState<readonly OutgoingMessage[]>([]);
  const known = new Set(
    turns.flatMap(({ items }) => items.flatMap((item) => (item.type === 'message' ? [item.message_id] : []))),
  );

  async function send(text: string): Promise<void> {
    const key = nextKey;
    nextKey += 1;
    setOutgoing((list) => [
      ...list.filter(({ messageId }) => messageId === null || !known.has(messageId)),
      { key, text, messageId: null },
    ]);
    try {
      const { message_id: messageId } = await createMessage(conversationId, text);
      setOutgoing((list) =>
        list.map((message) => (message.key === key ? { ...message, messageId } : message)),
      );
    } catch (error) {
      setOutgoing((list) => list.filter((message) => message.key !== key));
      throw error;
    }
  }

  return { send, outgoing: outgoing.filter(({ messageId }) => messageId === null || !known.has(messageId)) };
}

/** Starts a conversation with its first message. If the message fails, the next try with the same settings reuses the conversation. */
export function useBeginConversation(workspaceId: string) {
  const queryClient = useQueryClient();
  const begun = useRef<Conversation>(undefined);
  return async (settings: AgentSettings, text: string): Promise<string> => {
    const kept = begun.current;
    const isUsable = kept?.mode === settings.mode && kept.model === settings.model;
    const conversation = isUsable ? kept : await createConversation(workspaceId, settings);
    begun.current = conversation;
    await createMessage(conversation.id, text);
    begun.current = undefined;
    keepConversation(queryClient, conversation);
    return conversation.id;
  };
}
