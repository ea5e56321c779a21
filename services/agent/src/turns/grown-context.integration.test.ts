import { describe, expect, it } from 'vitest';
import { AgentSetup, text, toolCall } from '../../testing/agent-setup.ts';
import { setUpReal } from '../../testing/real-setup.ts';
import { REPEAT_REFUSED } from './repeat-guard.ts';

const getSetup = setUpReal();

const STEPS = 6;
/** One call a step. */
const steps = (call: (step: number) => ReturnType<typeof toolCall>) => [
  ...Array.from({ length: STEPS }, (_, step) => ({
    when: { tool_results: step },
    reply: { parts: [call(step)] },
  })),
  { when: { tool_results: STEPS }, reply: { parts: [text('Done.')] } },
];

describe('the context of a turn', () => {
  it('is read once, however many steps the turn has', async () => {
    await using setup = await AgentSetup.start(
      steps((step) => toolCall('run_command', { command: `echo ${step}` })),
    );
    await setup.startAgent();
    const turn = setup.send('go');
    await setup.api.waitForStatus(turn, 'completed');
    expect(turn.steps).toHaveLength(STEPS + 1);
    expect(setup.api.contextRequests).toBe(1);
  });

  it('has the message that came in a step, even when the first response to its end is lost', async () => {
    await using setup = await AgentSetup.start([
      {
        when: { user: 'go', tool_results: 0 },
        reply: { parts: [toolCall('run_command', { command: 'sleep 0.5' })] },
      },
      { when: { user: 'and this' }, reply: { parts: [text('As you say.')] } },
    ]);
    await setup.startAgent();
    const conversation = setup.conversation();
    const turn = setup.api.send(conversation, 'go');
    await setup.api.waitForEvent(turn, (event) => event.type === 'tool_call.ready');
    setup.api.send(conversation, 'and this');
    // Of the end of the call, of the end of its step.
    setup.api.loseNextAppendAnswers = 2;
    await setup.api.waitForStatus(turn, 'completed');
    expect(setup.api.contextRequests).toBe(1);
    expect(setup.llm.requests().at(-1)?.body.messages.at(-1)).toMatchObject({
      role: 'user',
      content: 'and this',
    });
  });

  it('has the rules that were made while a step ran', async () => {
    await using setup = await AgentSetup.start(
      steps((step) => toolCall('run_command', { command: `echo ${step} && sleep 0.3` })),
    );
    await setup.startAgent();
    const conversation = setup.conversation();
    const turn = setup.api.send(conversation, 'go');
    await setup.api.waitForEvent(turn, (event) => event.type === 'tool_call.ready');
    conversation.rules.push({
      effect: 'deny',
      scope: 'workspace',
      tool: 'run_command',
      path: null,
      command: ['echo'],
    });
    await setup.api.waitForStatus(turn, 'completed');
    expect(turn.steps[0]?.calls[0]?.status).toBe('completed');
    expect(turn.steps[1]?.calls[0]?.status).toBe('denied');
    expect(setup.api.contextRequests).toBe(1);
  });

  it('remembers calls that repeat over its steps', async () => {
    await using setup = await AgentSetup.start(
      steps(() => toolCall('run_command', { command: 'echo same' })),
    );
    await setup.startAgent();
    const turn = setup.send('go');
    await setup.api.waitForStatus(turn, 'failed');
    expect(turn.steps.flatMap((step) => step.calls.map((call) => call.output))).toContain(REPEAT_REFUSED);
  });

  it('is letter by letter what another worker reads of it', async () => {
    const calls = [
      toolCall('run_command', { command: String.raw`printf 'a\377b'` }),
      toolCall('write_file', { path: 'grown.txt', content: 'one\n' }),
      toolCall('read_file', { path: 'missing.txt' }),
      toolCall('read_file', { file: 'grown.txt' }),
      toolCall('edit_file', { path: 'grown.txt', old_text: 'one', new_text: 'two' }),
    ];
    const setup = getSetup();
    setup.llm.setScript({
      models: ['scripted'],
      rules: [
        ...calls.map((call, step) => ({
          when: { user: 'go', tool_results: step },
          reply: { parts: [text(`Step ${step}\0.`), call] },
        })),
        { reply: { parts: [text('Done.')] } },
      ],
    });
    await setup.startAgent();
    const conversation = await setup.newConversation('auto');
    for (const [turn, said] of ['go', 'once more'].entries()) {
      await setup.ask('POST', `/api/conversations/${conversation}/messages`, { text: said });
      await setup.waitForEvent(conversation, 'turn.completed', turn + 1);
    }
    const requests = setup.llm.requests().map(({ body }) => body.messages);
    const [grown, read] = requests.slice(-2);
    expect(grown?.length).toBeGreaterThan(2 * calls.length);
    expect(read?.slice(0, grown?.length)).toEqual(grown);
    expect(JSON.stringify(grown)).toContain('Step 4\ufffd.');
  });
});
