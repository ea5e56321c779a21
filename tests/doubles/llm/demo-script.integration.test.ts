import demoScript from '@podex/demo-model/demo-script';
import { expect, it } from 'vitest';
import { AgentSetup } from '../../../services/agent/testing/agent-setup.ts';

/** As the demo, at the speed of a test. */
function quickDemo() {
  const rules = demoScript.rules.map((rule) => {
    const { reply } = rule;
    const isAnswer = typeof reply !== 'function' && 'parts' in reply;
    return isAnswer ? { ...rule, reply: { ...reply, chunk_delay_ms: 0, first_delay_ms: 0 } } : rule;
  });
  return { ...demoScript, rules };
}

async function runTour(prompt: string) {
  await using setup = await AgentSetup.start([]);
  setup.llm.setScript(quickDemo());
  await setup.startAgent({ DEFAULT_MODEL: '', AGENT_DEMO_MODEL: 'true' });
  const turn = setup.send(prompt);
  await setup.api.waitForStatus(turn, 'completed', 60_000);
  const last = turn.steps.at(-1)?.assistant.find((part) => part.type === 'text');
  return {
    steps: turn.steps.length,
    lastText: last?.text ?? '',
    rules: setup.llm.requests().map(({ rule }) => rule),
  };
}

// The slow job takes half a minute on purpose.
it.each(demoScript.tours.filter((tour) => !tour.includes('slow')))(
  'the tour “%s” goes to its end with the real tools',
  async (tour) => {
    const { steps, lastText, rules } = await runTour(tour);
    expect(rules).toEqual(Array.from({ length: steps }, (_, index) => `${tour} / ${index + 1}`));
    expect(lastText).toContain('scripted demo');
  },
);

it('anything else is answered with what the demo is', async () => {
  const { lastText, rules } = await runTour('Write me a compiler');
  expect(rules).toEqual(['fallback']);
  for (const tour of demoScript.tours) expect(lastText).toContain(tour);
});
