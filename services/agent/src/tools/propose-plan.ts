import { z } from 'zod';
import { defineTool } from './tool.ts';

const input = z.object({
  plan: z
    .string()
    .trim()
    .min(1)
    .max(30_000)
    .describe(
      'The whole plan in Markdown: what will change, in which files, in which order, and how it is checked.',
    ),
});

export const proposePlan = defineTool({
  name: 'propose_plan',
  description:
    'In plan mode: shows the person your plan and waits until they approve it or say what to change. Use it once the plan is whole. When it is approved the mode changes, and you carry it out.',
  input,
  summary: ({ plan }) => plan.split('\n', 1)[0]?.replace(/^#+\s*/, '') ?? 'Plan',
  effect: () => ({ kind: 'asks' }),
  preview: async ({ plan }) => ({ type: 'plan', markdown: plan }),
  declined: (answer) => {
    const wish = answer?.text == null ? '' : ` They say:\n${answer.text}`;
    return `The person did not approve the plan: keep planning, and propose it again. If they have written a message instead, it follows.${wish}`;
  },
  execute: async (_call, { answer }) => {
    const wish = answer?.text == null ? '' : ` They add:\n${answer.text}`;
    return {
      isOk: true,
      output: `The person approved the plan. The mode is now ${answer?.mode ?? 'ask'}: carry the plan out.${wish}`,
    };
  },
});
