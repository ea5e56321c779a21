'use client';

import type { Approval } from '@podex/contracts/conversations';
import { ListTodo } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { messageOf } from '#lib/api-client.ts';
import { type ApprovalDecision, useResolveApproval } from '../api/change-conversation.ts';
import { AnswerField, WaitingCard } from './answer-parts.tsx';
import { useIsReadOnly } from './conversation-access.tsx';
import { Markdown } from './prose.tsx';

/** A plan of the agent: carried out in one of two modes, or planned further with what a person says. */
export function PlanCard({ approval, markdown }: { approval: Approval; markdown: string }) {
  const isReadOnly = useIsReadOnly();
  return (
    <WaitingCard
      label={`Plan: ${approval.summary}`}
      testId="plan"
      icon={<ListTodo aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />}
      title={isReadOnly ? 'A plan waits for an editor' : 'The agent proposes a plan'}
    >
      <div className="max-h-[60vh] min-w-0 overflow-y-auto rounded-md border bg-surface px-3 py-2">
        <Markdown text={markdown} />
      </div>
      {!isReadOnly && <PlanDecisions approvalId={approval.id} />}
    </WaitingCard>
  );
}

function PlanDecisions({ approvalId }: { approvalId: string }) {
  const resolve = useResolveApproval(approvalId);
  const [text, setText] = useState('');
  // The live event takes the card away; until then a second click has nothing to do.
  const isResolved = resolve.isPending || resolve.isSuccess;
  const said = { choices: [], text: text.trim() || null };
  const decide = (decision: ApprovalDecision) => resolve.mutate(decision);
  const chosen = resolve.variables;
  const isBusyWith = (mode: 'ask' | 'auto') => isResolved && chosen?.answer?.mode === mode;
  return (
    <>
      <AnswerField
        label="What to change, or to keep in mind"
        value={text}
        onChange={setText}
        isDisabled={isResolved}
      />
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
          isBusy={isBusyWith('ask')}
          title="The agent carries out the plan, and asks before it edits files or runs commands."
          onClick={() => decide({ decision: 'approve', answer: { ...said, mode: 'ask' } })}
        >
          Approve in Ask mode
        </Button>
        <Button
          size="sm"
          disabled={isResolved}
          isBusy={isBusyWith('auto')}
          title="The agent carries out the plan without asking."
          onClick={() => decide({ decision: 'approve', answer: { ...said, mode: 'auto' } })}
        >
          Approve in Auto mode
        </Button>
        <Button
          size="sm"
          variant="ghost"
          disabled={isResolved}
          isBusy={isResolved && chosen?.decision === 'deny'}
          onClick={() => decide({ decision: 'deny', ...(said.text === null ? {} : { answer: said }) })}
        >
          Keep planning
        </Button>
      </div>
    </>
  );
}
