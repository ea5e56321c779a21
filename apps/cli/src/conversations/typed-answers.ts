import type { ApprovalPreview } from '@podex/contracts/conversations';
import type { Decision } from './conversation-requests.ts';

export type Question = Extract<ApprovalPreview, { type: 'question' }>;

/** What a person typed to a question: numbers of its options, or an answer of their own. Undefined: ask again. */
export function readAnswerTo(
  { options, is_multiple: isMultiple }: Question,
  line: string,
): Decision | 'detach' | undefined {
  const typed = line.trim();
  if (typed === '') return undefined;
  if (isWord(typed, 's', 'skip')) return { decision: 'deny' };
  if (isWord(typed, 'd', 'detach')) return 'detach';
  if (options.length === 0 || !/^\d+(?:[\s,]+\d+)*,?$/.test(typed)) {
    return { decision: 'approve', answer: { text: typed } };
  }
  const choices = [...new Set(typed.match(/\d+/g))].map((number) => options[Number(number) - 1]);
  const known = choices.filter((choice) => choice !== undefined);
  const isRight = known.length === choices.length && (isMultiple || known.length === 1);
  return isRight ? { decision: 'approve', answer: { choices: known } } : undefined;
}

export function readAnswerOnPlan(line: string): Decision | 'keep planning' | 'detach' | undefined {
  const typed = line.trim();
  if (isWord(typed, 'y', 'yes')) return { decision: 'approve', answer: { mode: 'ask' } };
  if (isWord(typed, 'a', 'auto')) return { decision: 'approve', answer: { mode: 'auto' } };
  if (isWord(typed, 'n', 'no')) return 'keep planning';
  return isWord(typed, 'd', 'detach') ? 'detach' : undefined;
}

function isWord(typed: string, ...words: string[]): boolean {
  return words.includes(typed.toLowerCase());
}
