'use client';

import type { Approval } from '@podex/contracts/conversations';
import { ShieldQuestion } from 'lucide-react';
import { Button } from '#components/button.tsx';
import { DiffView } from '#components/diff-view.tsx';
import { messageOf } from '#lib/api-client.ts';
import { formatUntil } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { type ApprovalDecision, useResolveApproval } from '../api/change-conversation.ts';
import { CommandView } from './command-view.tsx';
import { useIsReadOnly } from './conversation-access.tsx';
import { PlanCard } from './plan-card.tsx';
import { QuestionCard } from './question-card.tsx';
import { RememberMenu } from './remember-menu.tsx';

/** What a person is to decide on: a change or a command, a question, or a plan. */
export function PendingCard({ approval }: { approval: Approval }) {
  const { preview } = approval;
  if (preview?.type === 'question') return <QuestionCard approval={approval} question={preview} />;
  if (preview?.type === 'plan') return <PlanCard approval={approval} markdown={preview.markdown} />;
  return <ApprovalCard approval={approval} />;
}

/** A pending approval: exactly what would be done, and the three decisions for who may make them. */
function ApprovalCard({ approval }: { approval: Approval }) {
  const isReadOnly = useIsReadOnly();
  const now = useNow(30_000);
  return (
    <section
      aria-label={`Approval: ${approval.summary}`}
      data-testid="approval"
      className="flex min-w-0 flex-col gap-2.5 rounded-lg border border-warning/40 bg-warning-soft p-3"
    >
      <header className="flex items-start gap-2">
        <ShieldQuestion aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
        <div className="min-w-0 flex-1">
          <p className="font-medium text-sm">
            {isReadOnly ? 'Waiting for an editor' : 'The agent needs your approval'}
          </p>
          <p className="break-words text-ink-2 text-xs">{approval.summary}</p>
        </div>
        <span className="shrink-0 text-ink-3 text-xs">Expires {formatUntil(approval.expires_at, now)}</span>
      </header>
      <ApprovalPreview approval={approval} />
      {!isReadOnly && <Decisions approval={approval} />}
    </section>
  );
}

function Decisions({ approval }: { approval: Approval }) {
  const resolve = useResolveApproval(approval.id);
  // The live event takes the card away; until then a second click has nothing to do.
  const isResolved = resolve.isPending || resolve.isSuccess;
  const isRemembering = resolve.variables?.remember !== undefined;
  const isBusyWith = (decision: ApprovalDecision['decision']) =>
    isResolved && !isRemembering && resolve.variables?.decision === decision;
  return (
    <>
      {resolve.isError && (
        <p role="alert" className="text-danger text-xs">
          {messageOf(resolve.error)}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          size="sm"
          variant="primary"
          disabled={isResolved}
          isBusy={isBusyWith('approve')}
          onClick={() => resolve.mutate({ decision: 'approve' })}
        >
          Approve
        </Button>
        <Button
          size="sm"
          disabled={isResolved}
          isBusy={isBusyWith('deny')}
          onClick={() => resolve.mutate({ decision: 'deny' })}
        >
          Deny
        </Button>
        {approval.choices.length > 0 && (
          <RememberMenu
            approval={approval}
            isDisabled={isResolved}
            isBusy={isResolved && isRemembering}
            onChoose={(remember) => resolve.mutate({ decision: 'approve', remember })}
          />
        )}
      </div>
    </>
  );
}

function ApprovalPreview({ approval: { preview, input } }: { approval: Approval }) {
  if (preview === null)
    return <CommandView command={JSON.stringify(input, null, 2)} cwd={null} isShell={false} />;
  if (preview.type === 'command') return <CommandView command={preview.command} cwd={preview.cwd} />;
  if (preview.type !== 'diff') return null;
  const { path, target, before, after } = preview;
  return (
    <>
      {target !== undefined && (
        <p className="mb-1.5 text-warning text-xs [overflow-wrap:anywhere]">
          <span className="font-mono">{path}</span> is a link. This changes{' '}
          <span className="font-mono font-medium">{target}</span>.
        </p>
      )}
      <DiffView path={path} before={before} after={after} />
    </>
  );
}
