'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorState } from '#components/error-state.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
import { conversationQuery, conversationsQuery } from '../api/conversations-query.ts';
import {
  OwnedConversation,
  ReadOnlyConversation,
  UndoableConversation,
  type UndoTurn,
} from './conversation-access.tsx';
import { NothingSaid } from './conversation-start.tsx';
import { ConversationSwitcher } from './conversation-switcher.tsx';
import { ConversationThread } from './conversation-thread.tsx';
import { NewConversation } from './new-conversation.tsx';

/** Which conversation is open: one of them, a new one, or (`latest`) the newest that there is. */
export type OpenConversation = { id: string } | 'new' | 'latest';

/** Nothing tells a reader that another person has begun a conversation. */
const READER_LOOKS_EVERY_MS = 10_000;

interface ConversationPanelProps {
  workspaceId: string;
  open: OpenConversation;
  onOpen: (open: OpenConversation) => void;
  /** It is only read: nothing is sent, changed or decided. */
  isReadOnly: boolean;
  /** No message can be sent any more. */
  isBlocked: boolean;
  /** Stands under the message field. */
  note: string | undefined;
  /** The workspace is this person’s own. */
  isOwner: boolean;
  /** Shows the rules of a conversation. */
  onRules: (conversationId: string) => void;
  /** A tool of the agent ended that may have changed files. */
  onFilesTouched: () => void;
  /** Left out: what a turn changed can't be undone. */
  onUndoTurn: UndoTurn | undefined;
}

export function ConversationPanel(props: ConversationPanelProps) {
  return (
    <ReadOnlyConversation value={props.isReadOnly}>
      <OwnedConversation value={props.isOwner}>
        <UndoableConversation value={props.onUndoTurn}>
          <ChosenConversation {...props} />
        </UndoableConversation>
      </OwnedConversation>
    </ReadOnlyConversation>
  );
}

function ChosenConversation(props: ConversationPanelProps) {
  const { workspaceId, open, onOpen } = props;
  const list = useQuery({
    ...conversationsQuery(workspaceId),
    refetchInterval: props.isReadOnly ? READER_LOOKS_EVERY_MS : false,
  });
  const ids = list.data?.map(({ id }) => id);
  const first = useFirstKnown(ids);
  const latest = first ?? (props.isReadOnly ? ids?.[0] : undefined);
  if (open === 'latest') {
    if (list.isError && list.data === undefined) {
      return (
        <ErrorState
          title="Couldn't load the conversations"
          message={messageOf(list.error)}
          isRetrying={list.isFetching}
          onRetry={() => list.refetch()}
        />
      );
    }
    if (list.data === undefined) return <PanelSkeleton />;
  }
  const conversationId = typeof open === 'object' ? open.id : open === 'latest' ? latest : undefined;
  if (conversationId !== undefined)
    return <ExistingConversation key={conversationId} {...props} conversationId={conversationId} />;
  return (
    <section aria-label="Agent" className="flex h-full min-w-0 flex-col">
      <ConversationSwitcher
        workspaceId={workspaceId}
        conversation={null}
        onSelect={(id) => onOpen(id === null ? 'new' : { id })}
        onRules={props.onRules}
      />
      {props.isReadOnly ? (
        <NothingSaid />
      ) : (
        <NewConversation
          workspaceId={workspaceId}
          isBlocked={props.isBlocked}
          note={props.note}
          onBegun={(id) => onOpen({ id })}
        />
      )}
    </section>
  );
}

/** The newest conversation when the panel was opened: one that starts elsewhere later does not replace it. */
function useFirstKnown(ids: readonly string[] | undefined): string | undefined {
  const [first, setFirst] = useState<{ id: string | undefined }>();
  if (first !== undefined || ids === undefined) return first?.id;
  setFirst({ id: ids[0] });
  return ids[0];
}

function ExistingConversation({
  conversationId,
  ...props
}: ConversationPanelProps & { conversationId: string }) {
  const conversation = useQuery(conversationQuery(conversationId));
  return (
    <section aria-label="Agent" className="flex h-full min-w-0 flex-col">
      <ConversationSwitcher
        workspaceId={props.workspaceId}
        conversation={conversation.data ?? null}
        onSelect={(id) => props.onOpen(id === null ? 'new' : { id })}
        onRules={props.onRules}
      />
      {conversation.data !== undefined && <ConversationThread {...props} conversation={conversation.data} />}
      {conversation.data === undefined && conversation.isError && (
        <ErrorState
          title="Couldn't open this conversation"
          message={messageOf(conversation.error)}
          isRetrying={conversation.isFetching}
          onRetry={() => conversation.refetch()}
        />
      )}
      {conversation.isPending && <PanelSkeleton />}
    </section>
  );
}

function PanelSkeleton() {
  return (
    <div role="status" aria-label="Loading conversations" className="flex flex-col gap-3 p-4">
      <Skeleton className="h-4 w-40" />
      <Skeleton className="h-3.5 w-4/5" />
      <Skeleton className="h-3.5 w-3/5" />
    </div>
  );
}
