'use client';

import type { Conversation, TurnStatus } from '@podex/contracts/conversations';
import type { Transcript, TranscriptTurn } from '@podex/contracts/transcript';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useEffectEvent } from 'react';
import { ErrorState } from '#components/error-state.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { type AgentSettings, useCancelTurn, useUpdateConversation } from '../api/change-conversation.ts';
import { conversationQuery, conversationsQuery, modelsQuery } from '../api/conversations-query.ts';
import type { ConversationSnapshot } from '../model/conversation-feed.ts';
import { activeTurnOf, mayChangeFiles } from '../model/conversation-view.ts';
import { todoListOf } from '../model/todo-list.ts';
import { useConversationFeed } from '../model/use-conversation-feed.ts';
import { useSendMessage } from '../model/use-send-message.ts';
import { AgentSettingsBar } from './agent-settings-bar.tsx';
import { Composer } from './composer.tsx';
import { useIsReadOnly } from './conversation-access.tsx';
import { ConversationStart, NothingSaid } from './conversation-start.tsx';
import { DemoBanner, DemoTours, ModelNotConfigured } from './model-notices.tsx';
import { Timeline } from './timeline.tsx';
import { TodoList } from './todo-list.tsx';

interface ConversationThreadProps {
  conversation: Conversation;
  isBlocked: boolean;
  note: string | undefined;
  onFilesTouched: () => void;
}

/** One conversation, live: its messages and the field to write more. */
export function ConversationThread({
  conversation,
  note,
  onFilesTouched,
  ...props
}: ConversationThreadProps) {
  const models = useQuery(modelsQuery()).data;
  const refreshList = useRefreshLists(conversation);
  const { snapshot, feed } = useConversationFeed(conversation.id, (event, transcript) => {
    if (event.type === 'tool_call.end' && mayChangeFiles(toolOf(transcript, event.tool_call_id)))
      onFilesTouched();
    return LIST_CHANGE.test(event.type) ? refreshList() : undefined;
  });
  useRefreshWhenNewer(snapshot, conversation, refreshList);
  const { transcript } = snapshot;
  const { send, outgoing } = useSendMessage(conversation.id, transcript);
  const settings = useSettings(conversation);
  const cancel = useCancelTurn();
  const activeTurn = activeTurnOf(transcript);
  const isReadOnly = useIsReadOnly();
  const todo = todoListOf(transcript);

  const retry = useCallback(
    (text: string) =>
      send(text).catch((error: unknown) =>
        toast.error("Couldn't send your message", { description: messageOf(error) }),
      ),
    [send],
  );
  if (snapshot.failure !== null) {
    return (
      <ErrorState title="Couldn't load this conversation" message={snapshot.failure} onRetry={feed.retry} />
    );
  }
  const isBlocked = props.isBlocked || models?.configured === false;
  return (
    <>
      {models?.demo === true && <DemoBanner />}
      <Timeline
        snapshot={snapshot}
        feed={feed}
        outgoing={outgoing}
        onRetry={retry}
        empty={isReadOnly ? <NothingSaid /> : <ConversationStart />}
      />
      {models?.demo === true && activeTurn === undefined && !isReadOnly && (
        <DemoTours tours={models.tours} isDisabled={isBlocked} onChoose={retry} />
      )}
      {models?.configured === false && !isReadOnly && <ModelNotConfigured models={models} />}
      <TurnAnnouncer transcript={transcript} />
      {todo !== undefined && <TodoList items={todo} />}
      {!isReadOnly && (
        <Composer
          onSend={send}
          onStop={activeTurn === undefined ? undefined : () => stop(cancel, activeTurn.id)}
          isStopping={cancel.isPending || (cancel.isSuccess && cancel.variables === activeTurn?.id)}
          isBlocked={isBlocked}
          note={note}
          isSteering={activeTurn !== undefined}
          settings={<AgentSettingsBar settings={settings.value} models={models} onChange={settings.change} />}
        />
      )}
    </>
  );
}

function stop(cancel: ReturnType<typeof useCancelTurn>, turnId: string): void {
  cancel.mutate(turnId, {
    onError: (error) => toast.error("Couldn't stop the agent", { description: messageOf(error) }),
  });
}

function toolOf({ turns }: Transcript, toolCallId: string): string {
  const items = turns.flatMap((turn) => turn.items);
  const item = items.findLast(({ key }) => key === toolCallId);
  return item?.type === 'tool_call' ? item.tool : '';
}

/** Shows a change at once and reverts it when the request fails. */
function useSettings(conversation: Conversation) {
  const update = useUpdateConversation(conversation.id);
  const wanted = update.isPending ? update.variables : {};
  const value: AgentSettings = {
    mode: wanted.mode ?? conversation.mode,
    model: wanted.model === undefined ? conversation.model : wanted.model,
    reasoning_effort:
      wanted.reasoning_effort === undefined ? conversation.reasoning_effort : wanted.reasoning_effort,
  };
  const change = (to: Partial<AgentSettings>) =>
    update.mutate(to, {
      onError: (error) => toast.error("Couldn't change the settings", { description: messageOf(error) }),
    });
  return { value, change };
}

/** Titles and states in the list change with turns that begin and end. */
const LIST_CHANGE = /^(turn\.(queued|waiting|completed|failed|cancelled)|usage\.recorded)$/;

function useRefreshLists({ id, workspace_id: workspaceId }: Conversation) {
  const queryClient = useQueryClient();
  return async (): Promise<void> => {
    await queryClient.invalidateQueries({ queryKey: conversationQuery(id).queryKey });
    await queryClient.invalidateQueries({ queryKey: conversationsQuery(workspaceId).queryKey });
  };
}

/** What happened between the two requests, such as the first message that names it, comes with no event. */
function useRefreshWhenNewer(
  { isLoaded, transcript }: ConversationSnapshot,
  conversation: Conversation,
  refresh: () => Promise<void>,
): void {
  const onLoad = useEffectEvent(async () => {
    if (transcript.lastSeq > conversation.last_seq) await refresh();
  });
  useEffect(() => {
    if (isLoaded) void onLoad();
  }, [isLoaded]);
}

const ANNOUNCEMENTS: Record<Exclude<TurnStatus, 'waiting'>, string> = {
  queued: 'Your message is queued.',
  running: 'The agent is working.',
  completed: 'The agent is done.',
  failed: "The agent couldn't finish.",
  cancelled: 'The agent was stopped.',
};

function announcementOf({ status, waiting }: TranscriptTurn): string {
  if (status !== 'waiting') return ANNOUNCEMENTS[status];
  if (waiting?.reason === 'approval') return 'The agent needs your approval.';
  if (waiting?.reason === 'input') return 'The agent has a question for you.';
  return waiting?.reason === 'workspace'
    ? 'The agent waits for the workspace.'
    : 'The agent waits to try again.';
}

/** Announces the status of the turn to screen readers. */
function TurnAnnouncer({ transcript }: { transcript: Transcript }) {
  const turn = activeTurnOf(transcript) ?? transcript.turns.at(-1);
  return (
    <p role="status" className="sr-only">
      {turn === undefined ? '' : announcementOf(turn)}
    </p>
  );
}
