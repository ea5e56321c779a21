import type { Rule, ScriptInput } from '../script.ts';

type Call = { name: string; arguments: Record<string, unknown> };

/** One answer of the scripted model: what it says, then the calls it makes. */
export interface TourStep {
  say: string;
  calls?: Call[];
  /** What the newest result must contain for this step to be true; otherwise the tour says so and stops. */
  expect?: RegExp;
}

/** A scripted conversation that uses the real tools. Its prompt is offered on the page. */
export interface Tour {
  prompt: string;
  steps: TourStep[];
}

export const PACE = { chunk_delay_ms: 22, first_delay_ms: 350 };

type RuleInput = ScriptInput['rules'][number];

/** A tour is a rule for each step, told apart by how many results came since the prompt. */
export function rulesOfTour(tour: Tour): RuleInput[] {
  const user = new RegExp(tour.prompt.replace(/[^\w\s]/g, '.'), 'i');
  let results = 0;
  return tour.steps.flatMap((step, index) => {
    const when: Partial<Rule['when']> = { user, tool_results: results };
    results += step.calls?.length ?? 0;
    const rule: RuleInput = {
      name: `${tour.prompt} / ${index + 1}`,
      when: step.expect === undefined ? when : { ...when, last_result: step.expect },
      reply: {
        parts: [
          { type: 'text', text: step.say },
          ...(step.calls ?? []).map((call) => ({ type: 'tool_call' as const, ...call })),
        ],
        ...PACE,
      },
    };
    return [rule];
  });
}
