import { expect, it } from 'vitest';
import { AgentSetup, text, toolCall } from '../../testing/agent-setup.ts';

const NOT_WHOLE = /The JSON of the input of write_file was not whole: it stops after 39 characters/;
const CUT = '{"path":"a.txt","content":"one line and';

it.each(['openai', 'openrouter'])(
  'arguments that %s cuts in the middle are told to the model, not run',
  async (provider) => {
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: [text('I write.'), toolCall('write_file', CUT)] } },
      {
        when: { tool_results: 1 },
        reply: { parts: [toolCall('write_file', '"{\\"path\\":\\"a.txt\\",\\"content\\":\\"one\\"}"')] },
      },
      {
        when: { tool_results: 2 },
        reply: { parts: [toolCall('read_file', { path: 'a.txt', offset: '1', limit: null })] },
      },
      { when: { tool_results: 3 }, reply: { parts: [text('Done.')] } },
    ]);
    await setup.startAgent({
      OPENROUTER_BASE_URL: `${setup.llm.url}/v1`,
      OPENROUTER_API_KEY: 'k',
      DEFAULT_MODEL: `${provider}/scripted`,
    });
    const turn = setup.send('make a file');
    await setup.api.waitForStatus(turn, 'completed');
    const calls = turn.steps.flatMap((step) => step.calls);
    expect(calls.map((call) => call.status)).toEqual(['failed', 'completed', 'completed']);
    expect(calls[0]?.output).toMatch(NOT_WHOLE);
    expect(setup.workspace.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(1);
    expect(await setup.workspace.read('a.txt')).toBe('one');
    expect(calls[2]?.output).toBe('     1\tone');
  },
);
