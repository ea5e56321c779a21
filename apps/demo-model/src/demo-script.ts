import { type ScriptInput, script } from './script.ts';
import { bugTour } from './tours/fix-a-bug.ts';
import { lookAroundTour } from './tours/look-around.ts';
import { slowJobTour } from './tours/slow-job.ts';
import { PACE, rulesOfTour } from './tours/tour.ts';
import { websiteTour } from './tours/website.ts';

const TOURS = [websiteTour, bugTour, lookAroundTour, slowJobTour];
const LIST = TOURS.map((tour) => `- ${tour.prompt}`).join('\n');

type RuleInput = ScriptInput['rules'][number];

function says(name: string, when: NonNullable<RuleInput['when']>, text: string): RuleInput {
  return { name, when, reply: { parts: [{ type: 'text', text }], ...PACE } };
}

const denied = says(
  'denied',
  { last_result: /the user denied/i },
  'You denied that, so I leave it. Nothing was changed by it.\n\nPick another tour whenever you like:\n\n' +
    LIST,
);

const astray = says(
  'astray',
  { last_result: /\S/ },
  'That did not come out as this tour expects; the result above says why. I am only a scripted demo and cannot think my way around it. With a real model configured, I would look into it.\n\nYou can try another tour:\n\n' +
    LIST,
);

const fallback = says(
  'fallback',
  {},
  'I am a **scripted demo**, not a language model: I only know a few tours, but they use the real tools in your real workspace. Send me one of these:\n\n' +
    LIST +
    '\n\nTo work with a real model, set a key (for example `OPENROUTER_API_KEY`, `ANTHROPIC_API_KEY` or `OPENAI_API_KEY`) or `OLLAMA_URL` and start Podex without `--demo-model`.',
);

/** What `./podex up --demo-model` answers with. */
export default script.parse({
  models: ['podex-demo'],
  tours: TOURS.map((tour) => tour.prompt),
  rules: [denied, ...TOURS.flatMap(rulesOfTour), astray, fallback],
});
