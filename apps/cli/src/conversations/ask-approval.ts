import { createInterface } from 'node:readline/promises';
import type { Approval } from '@podex/contracts/conversations';
import { type RememberOption, rememberOptions } from './approval-text.ts';
import type { Decision } from './conversation-requests.ts';
import { type Question, readAnswerOnPlan, readAnswerTo } from './typed-answers.ts';

/** Ctrl-C is `interrupt`; what is typed besides leads to a decision, or away. */
export type ApprovalAnswer = Decision | 'detach' | 'interrupt';

interface Asking {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  /** Ends the question: it was answered elsewhere. */
  signal: AbortSignal;
}

/** Asks until the person has decided. @throws the reason of `signal`. */
export function askApproval(approval: Approval, asking: Asking): Promise<ApprovalAnswer> {
  switch (approval.preview?.type) {
    case 'question':
      return askQuestion(approval.preview, asking);
    case 'plan':
      return askAboutPlan(asking);
    default:
      return askWhetherAllowed(approval, asking);
  }
}

async function askQuestion(question: Question, asking: Asking): Promise<ApprovalAnswer> {
  const number = question.is_multiple ? 'Numbers (1,2)' : 'A number';
  const how = question.options.length === 0 ? 'Your answer' : `${number}, or your own words`;
  for (;;) {
    const line = await askLine(`${how} ([s]kip, [d]etach): `, asking);
    if (typeof line !== 'string') return line.ended;
    const answer = readAnswerTo(question, line);
    if (answer !== undefined) return answer;
  }
}

async function askAboutPlan(asking: Asking): Promise<ApprovalAnswer> {
  for (;;) {
    const line = await askLine(
      'Go on with this plan? [y]es, asking before changes; yes, in [a]uto mode; [n]o, keep planning; [d]etach: ',
      asking,
    );
    if (typeof line !== 'string') return line.ended;
    const answer = readAnswerOnPlan(line);
    if (answer === 'keep planning') {
      const change = await askLine('What should be different? (Enter to say nothing) ', asking);
      if (typeof change !== 'string') return change.ended;
      return { decision: 'deny', ...(change.trim() === '' ? {} : { answer: { text: change.trim() } }) };
    }
    if (answer !== undefined) return answer;
  }
}

async function askWhetherAllowed(approval: Approval, asking: Asking): Promise<ApprovalAnswer> {
  const options = rememberOptions(approval);
  const always = options.length === 0 ? '' : ', [a]lways';
  for (;;) {
    const line = await askLine(`Allow this? [y]es, [n]o${always}, [d]etach: `, asking);
    if (typeof line !== 'string') return line.ended;
    const answer = readAnswer(line);
    if (answer !== 'always') {
      if (answer !== undefined) return answer;
      continue;
    }
    const chosen = options.length === 0 ? undefined : await askWhich(options, asking);
    if (chosen !== undefined) return chosen;
  }
}

function readAnswer(line: string): ApprovalAnswer | 'always' | undefined {
  switch (line.trim().toLowerCase()) {
    case 'y':
    case 'yes':
      return { decision: 'approve' };
    case 'n':
    case 'no':
      return { decision: 'deny' };
    case 'a':
    case 'always':
      return 'always';
    case 'd':
    case 'detach':
      return 'detach';
    default:
      return undefined;
  }
}

/** Undefined: none of them; the first question is asked again. */
async function askWhich(
  options: readonly RememberOption[],
  asking: Asking,
): Promise<ApprovalAnswer | undefined> {
  const lines = options.map(({ text }, index) => `  ${index + 1}) ${text}\n`);
  asking.output.write(`Allow from now on:\n${lines.join('')}`);
  const line = await askLine('Which? (Enter for none) ', asking);
  if (typeof line !== 'string') return line.ended;
  const option = options[Number(line.trim()) - 1];
  return option === undefined ? undefined : { decision: 'approve', remember: option.remember };
}

/** A line; or how the person ended the question. */
async function askLine(
  question: string,
  { input, output, signal }: Asking,
): Promise<string | { ended: 'detach' | 'interrupt' }> {
  const lines = createInterface({ input, output, terminal: true });
  const left = new AbortController();
  let ended: 'detach' | 'interrupt' = 'detach';
  lines.once('SIGINT', () => {
    ended = 'interrupt';
    left.abort();
  });
  lines.once('close', () => left.abort());
  try {
    return await lines.question(question, { signal: AbortSignal.any([signal, left.signal]) });
  } catch (error) {
    output.write('\n');
    signal.throwIfAborted();
    if (!left.signal.aborted) throw error;
    return { ended };
  } finally {
    lines.close();
  }
}
