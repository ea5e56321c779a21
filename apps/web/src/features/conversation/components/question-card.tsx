'use client';

import type { Approval, ApprovalPreview } from '@podex/contracts/conversations';
import { clsx } from 'clsx';
import { MessageCircleQuestion } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { Button } from '#components/button.tsx';
import { messageOf } from '#lib/api-client.ts';
import { useResolveApproval } from '../api/change-conversation.ts';
import { AnswerField, WaitingCard } from './answer-parts.tsx';
import { useIsReadOnly } from './conversation-access.tsx';

type Question = Extract<ApprovalPreview, { type: 'question' }>;

/** A question of the agent: options to choose from, and a field for an answer in own words. */
export function QuestionCard({ approval, question }: { approval: Approval; question: Question }) {
  const isReadOnly = useIsReadOnly();
  return (
    <WaitingCard
      label={`Question: ${approval.summary}`}
      testId="question"
      icon={<MessageCircleQuestion aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />}
      title={isReadOnly ? 'Waiting for an editor to answer' : 'The agent has a question'}
    >
      <p className="whitespace-pre-wrap break-words text-sm">{question.question}</p>
      <AnswerForm approval={approval} question={question} isReadOnly={isReadOnly} />
    </WaitingCard>
  );
}

interface AnswerFormProps {
  approval: Approval;
  question: Question;
  isReadOnly: boolean;
}

function AnswerForm({ approval, question, isReadOnly }: AnswerFormProps) {
  const resolve = useResolveApproval(approval.id);
  const [choices, setChoices] = useState<readonly string[]>([]);
  const [text, setText] = useState('');
  // The live event takes the card away; until then a second click has nothing to do.
  const isResolved = resolve.isPending || resolve.isSuccess;
  const hasAnswer = choices.length > 0 || text.trim() !== '';

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!hasAnswer || isResolved) return;
    resolve.mutate({ decision: 'approve', answer: { choices: [...choices], text: text.trim() || null } });
  }

  function choose(option: string) {
    if (!question.is_multiple) setChoices([option]);
    else
      setChoices(choices.includes(option) ? choices.filter((one) => one !== option) : [...choices, option]);
  }

  return (
    <form onSubmit={submit} className="flex min-w-0 flex-col gap-2.5">
      <Options
        question={question}
        choices={choices}
        onChoose={choose}
        isDisabled={isReadOnly || isResolved}
      />
      {!isReadOnly && (
        <>
          <AnswerField label="Your own answer" value={text} onChange={setText} isDisabled={isResolved} />
          {resolve.isError && (
            <p role="alert" className="text-danger text-xs">
              {messageOf(resolve.error)}
            </p>
          )}
          <div className="flex flex-wrap gap-2">
            <Button
              type="submit"
              size="sm"
              variant="primary"
              disabled={!hasAnswer || isResolved}
              isBusy={isResolved && resolve.variables?.decision === 'approve'}
            >
              Answer
            </Button>
            <Button
              size="sm"
              disabled={isResolved}
              isBusy={isResolved && resolve.variables?.decision === 'deny'}
              onClick={() => resolve.mutate({ decision: 'deny' })}
            >
              Skip
            </Button>
          </div>
        </>
      )}
    </form>
  );
}

interface OptionsProps {
  question: Question;
  choices: readonly string[];
  onChoose: (option: string) => void;
  isDisabled: boolean;
}

function Options({ question, choices, onChoose, isDisabled }: OptionsProps) {
  const name = useId();
  return (
    <fieldset disabled={isDisabled} className="flex min-w-0 flex-col gap-1.5">
      <legend className="sr-only">
        {question.is_multiple ? 'Options, choose any' : 'Options, choose one'}
      </legend>
      {question.options.map((option) => (
        <label
          key={option}
          className={clsx(
            'flex min-w-0 cursor-pointer items-start gap-2 rounded-md border bg-surface px-2.5 py-2 text-sm hover:bg-hover',
            choices.includes(option) && 'border-accent',
          )}
        >
          <input
            type={question.is_multiple ? 'checkbox' : 'radio'}
            name={name}
            checked={choices.includes(option)}
            onChange={() => onChoose(option)}
            className="mt-0.5 shrink-0 accent-accent"
          />
          <span className="min-w-0 break-words">{option}</span>
        </label>
      ))}
    </fieldset>
  );
}
