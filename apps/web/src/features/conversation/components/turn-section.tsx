'use client';

import { ERROR_TABLE } from '@podex/contracts/errors';
import type { TranscriptItem, TranscriptTurn } from '@podex/contracts/transcript';
import { memo } from 'react';
import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';
import { formatDuration } from '#lib/format.ts';
import { costText, tokensText } from '#lib/usage-text.ts';
import { useNow } from '#lib/use-now.ts';
import { hasEnded } from '../model/conversation-view.ts';
import { useIsReadOnly, useUndoTurn } from './conversation-access.tsx';
import { AgentText, Reasoning } from './prose.tsx';
import { ToolCallCard } from './tool-call-card.tsx';
import { StateLine, WaitingNotice } from './turn-state.tsx';

interface TurnSectionProps {
  turn: TranscriptTurn;
  /** Sends the turn's message once more. */
  onRetry: (text: string) => void;
}

/** From a user's message until the agent is done. */
export const TurnSection = memo(function TurnSection({ turn, onRetry }: TurnSectionProps) {
  return (
    <article
      className="-m-1 flex min-w-0 flex-col gap-2.5 p-1 [contain-intrinsic-size:auto_400px] [content-visibility:auto]"
      data-testid="turn"
      data-turn-id={turn.id}
      data-status={turn.status}
    >
      {turn.items.map((item) => (
        <Item key={item.key} item={item} />
      ))}
      <TurnState turn={turn} onRetry={onRetry} />
      <UndoButton turn={turn} />
    </article>
  );
});

/** What a turn that has ended did to files can be taken back. */
function UndoButton({ turn }: { turn: TranscriptTurn }) {
  const undo = useUndoTurn();
  const { checkpoint_id: checkpointId } = turn;
  if (undo === undefined || checkpointId === null || !hasEnded(turn)) return null;
  return (
    <div>
      <Button size="sm" variant="ghost" onClick={() => undo(checkpointId)}>
        Undo this turn
      </Button>
    </div>
  );
}

function Item({ item }: { item: TranscriptItem }) {
  switch (item.type) {
    case 'message':
      return <PersonMessage text={item.text} />;
    case 'text':
      return <AgentText item={item} />;
    case 'reasoning':
      return <Reasoning item={item} />;
    case 'tool_call':
      return <ToolCallCard item={item} />;
  }
}

export function PersonMessage({ text, isOnItsWay = false }: { text: string; isOnItsWay?: boolean }) {
  return (
    <div
      data-testid="message"
      className={`ml-8 self-end rounded-lg rounded-br-sm bg-accent-soft px-3 py-2 text-sm whitespace-pre-wrap break-words ${isOnItsWay ? 'opacity-60' : ''}`}
    >
      {text}
    </div>
  );
}

function TurnState({ turn, onRetry }: TurnSectionProps) {
  switch (turn.status) {
    case 'queued':
      return <StateLine isBusy>Queued</StateLine>;
    case 'running':
      return <RunningLine turn={turn} />;
    case 'waiting':
      return turn.waiting === null ? null : <WaitingNotice turnId={turn.id} waiting={turn.waiting} />;
    case 'cancelled':
      return (
        <>
          <StateLine>Stopped.</StateLine>
          <UsageLine turn={turn} />
        </>
      );
    case 'failed':
      return (
        <>
          <FailedNotice turn={turn} onRetry={onRetry} />
          <UsageLine turn={turn} />
        </>
      );
    case 'completed':
      return <UsageLine turn={turn} />;
  }
}

function RunningLine({ turn }: { turn: TranscriptTurn }) {
  const now = useNow(1000);
  if (turn.retry !== null) {
    const restMs = Date.parse(turn.retry.at) + turn.retry.in_ms - now;
    return (
      <Notice tone="warning">
        The model call failed: {turn.retry.reason}.{' '}
        {restMs > 0 ? `Retrying in ${formatDuration(restMs)}.` : 'Retrying…'}
      </Notice>
    );
  }
  const elapsed = turn.started_at === null ? 0 : now - Date.parse(turn.started_at);
  const used = usageParts(turn).map((part) => ` · ${part}`);
  return (
    <StateLine isBusy>
      Working{elapsed >= 2000 ? ` · ${formatDuration(elapsed)}` : '…'}
      {used.join('')}
    </StateLine>
  );
}

function FailedNotice({ turn, onRetry }: TurnSectionProps) {
  const isReadOnly = useIsReadOnly();
  const message = turn.items.find((item) => item.type === 'message');
  return (
    <Notice
      tone="danger"
      title="The agent couldn't finish"
      actions={
        !isReadOnly &&
        message !== undefined &&
        canSucceedLater(turn.failure?.code) && (
          <Button size="sm" onClick={() => onRetry(message.text)}>
            Try again
          </Button>
        )
      }
    >
      {turn.failure?.message ?? 'No reason was reported. Try again.'}
    </Notice>
  );
}

function canSucceedLater(code: string | undefined): boolean {
  const known = Object.entries(ERROR_TABLE).find(([name]) => name === code);
  return known === undefined || known[1].retry === 'later';
}

function UsageLine({ turn }: { turn: TranscriptTurn }) {
  const used = usageParts(turn);
  if (used.length === 0) return null;
  const parts = [...(turn.model === null ? [] : [turn.model]), ...used];
  return (
    <p data-testid="turn-usage" className="text-2xs text-ink-3">
      {parts.join(' · ')}
    </p>
  );
}

/** Tokens and cost; none before a model has responded. */
function usageParts({ usage }: TranscriptTurn): string[] {
  if (usage.input_tokens + usage.output_tokens === 0) return [];
  const cost = costText(usage);
  return [tokensText(usage), ...(cost === undefined ? [] : [cost])];
}
