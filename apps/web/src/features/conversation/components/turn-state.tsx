'use client';

import type { TurnWaiting } from '@podex/contracts/conversations';
import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';
import { Spinner } from '#components/spinner.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { useWakeTurn } from '../api/change-conversation.ts';
import { waitingText } from '../model/waiting-text.ts';
import { useIsReadOnly } from './conversation-access.tsx';

export function StateLine({ children, isBusy = false }: { children: React.ReactNode; isBusy?: boolean }) {
  return (
    <p className="flex items-center gap-2 text-ink-3 text-xs">
      {isBusy && <Spinner />}
      {children}
    </p>
  );
}

/** What a turn waits for, and until when. */
export function WaitingNotice({ turnId, waiting }: { turnId: string; waiting: TurnWaiting }) {
  const isReadOnly = useIsReadOnly();
  const wake = useWakeTurn();
  const { title, detail } = waitingText(waiting, isReadOnly);
  if (waiting.reason === 'approval' || waiting.reason === 'input') return <StateLine>{title}</StateLine>;
  const tryNow = () =>
    wake.mutate(turnId, {
      onError: (error) => toast.error("Couldn't try now", { description: messageOf(error) }),
    });
  return (
    <Notice
      tone="warning"
      title={title}
      actions={
        !isReadOnly && (
          <Button size="sm" onClick={tryNow} disabled={wake.isPending}>
            Try now
          </Button>
        )
      }
    >
      {detail}
    </Notice>
  );
}
