import type { ApprovalAnswer, ApprovalPreview, resolveApprovalInput } from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import type { z } from 'zod';

type Decision = Pick<z.output<typeof resolveApprovalInput>, 'decision' | 'answer'>;

/**
 * What is kept of a person’s answer: nothing for a change or a command, which are allowed or not.
 *
 * @throws PodexError invalid_request for an answer that does not fit what was asked.
 */
export function answerTo(
  preview: ApprovalPreview | null,
  { decision, answer }: Decision,
): ApprovalAnswer | null {
  switch (preview?.type) {
    case 'question':
      return decision === 'deny' ? null : answerToQuestion(preview, answer);
    case 'plan':
      return decision === 'deny' ? changesToPlan(answer) : approvalOfPlan(answer);
    default:
      if (answer !== undefined) throw invalid('Only a question or a plan takes an answer.');
      return null;
  }
}

function answerToQuestion(
  { options, is_multiple: isMultiple }: Extract<ApprovalPreview, { type: 'question' }>,
  answer: ApprovalAnswer | undefined,
): ApprovalAnswer {
  const { choices = [], text: given = null, mode } = answer ?? {};
  const text = given?.trim() || null;
  if (mode !== undefined) throw invalid('A question takes no mode.');
  const unknown = choices.find((choice) => !options.includes(choice));
  if (unknown !== undefined) throw invalid(`“${unknown}” is not an option of this question.`);
  const chosen = [...new Set(choices)];
  if (!isMultiple && chosen.length > 1) throw invalid('Only one option of this question can be chosen.');
  if (chosen.length === 0 && text === null) throw invalid('Choose an option, or write an answer.');
  return { choices: chosen, text };
}

function approvalOfPlan(answer: ApprovalAnswer | undefined): ApprovalAnswer {
  const { choices = [], text = null, mode } = answer ?? {};
  if (choices.length > 0) throw invalid('A plan has no options.');
  if (mode === undefined) throw invalid('Choose the mode in which the agent carries out the plan.');
  return { choices: [], text: text?.trim() || null, mode };
}

function changesToPlan(answer: ApprovalAnswer | undefined): ApprovalAnswer | null {
  const { choices = [], text = null, mode } = answer ?? {};
  if (choices.length > 0 || mode !== undefined)
    throw invalid('A plan that is not approved takes only a text.');
  return text?.trim() ? { choices: [], text: text.trim() } : null;
}

function invalid(message: string): PodexError {
  return new PodexError('invalid_request', message, {});
}
