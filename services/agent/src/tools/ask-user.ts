import { QUESTION_OPTIONS_MAX } from '@podex/contracts/conversations';
import { z } from 'zod';
import { defineTool } from './tool.ts';

const input = z.object({
  question: z
    .string()
    .trim()
    .min(1)
    .max(2000)
    .describe('One question, with what the person must know to answer it.'),
  options: z
    .array(z.string().trim().min(1).max(200))
    .min(2)
    .max(QUESTION_OPTIONS_MAX)
    .refine((options) => new Set(options).size === options.length, 'each option must be there once')
    .describe(
      'Answers to choose from, the one that you recommend first. An answer in own words is always possible.',
    ),
  multiple: z.boolean().default(false).describe('More than one option may be chosen.'),
});

export const askUser = defineTool({
  name: 'ask_user',
  description:
    'Asks the person a question and waits for the answer. Use it when only they can decide and the work depends on it; do not use it for what you can find out yourself, or to be told to go on.',
  input,
  summary: ({ question }) => question,
  effect: () => ({ kind: 'asks' }),
  preview: async ({ question, options, multiple }) => ({
    type: 'question',
    question,
    options,
    is_multiple: multiple,
  }),
  declined: () =>
    'The person did not answer this question. If they have written a message instead, it follows and is the answer. Otherwise decide sensibly yourself, and say what you decided.',
  execute: async (_call, { answer }) => {
    const said = [...(answer?.choices ?? []), ...(answer?.text ? [answer.text] : [])];
    return { isOk: true, output: `The person answered: ${said.join('\n')}` };
  },
});
