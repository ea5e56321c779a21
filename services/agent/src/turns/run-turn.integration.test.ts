import { describe, expect, it } from 'vitest';
import { AgentSetup, text, toolCall } from '../../testing/agent-setup.ts';
import { eventProblems } from '../../testing/event-checks.ts';
import type { TurnRecord } from '../../testing/turn-records.ts';

const outputs = (turn: TurnRecord) =>
  turn.steps.flatMap((step) => step.calls.map((call) => call.output ?? ''));
const statuses = (turn: TurnRecord) => turn.steps.flatMap((step) => step.calls.map((call) => call.status));

describe('a turn', () => {
  it('reads, edits and runs in the workspace, and ends with the response', async () => {
    const firstCalls = [text('First the file.'), toolCall('write_file', { path: 'a.txt', content: 'one\n' })];
    const secondCalls = [
      toolCall('edit_file', { path: 'a.txt', old_text: 'one', new_text: 'two' }),
      toolCall('run_command', { command: 'cat a.txt' }),
    ];
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: firstCalls } },
      { when: { tool_results: 1 }, reply: { parts: secondCalls } },
      {
        when: { tool_results: 3 },
        reply: {
          parts: [text('Done.')],
          usage: { prompt_tokens: 90, completion_tokens: 7, cached_tokens: 60 },
        },
      },
    ]);
    await setup.workspace.write('AGENTS.md', 'Use tabs.');
    await setup.workspace.write('shop/AGENTS.md', 'Prices are in cents.');
    await setup.startAgent();
    const turn = setup.send('make a file');
    await setup.api.waitForStatus(turn, 'completed');

    expect(await setup.workspace.read('a.txt')).toBe('two\n');
    expect(turn.steps.map((step) => step.status)).toEqual(['finished', 'finished', 'finished']);
    expect(statuses(turn)).toEqual(['completed', 'completed', 'completed']);
    expect(outputs(turn)[2]).toMatch(/^two\n\[exit code 0, /);
    const events = setup.api.eventsOf(turn);
    expect(eventProblems(events)).toEqual([]);
    expect(setup.api.modelCallsOf(turn, 'model_call.ended').at(-1)).toMatchObject({
      outcome: 'whole',
      tokens: { input_tokens: 90, cached_input_tokens: 60, output_tokens: 7 },
      cost_usd: null,
    });
    const [system, instructions, asked] = setup.llm.requests()[0]?.body.messages ?? [];
    expect(system?.content).toMatch(/Mode: auto\.[\s\S]*Folders in \/home\/dev: "shop"/);
    expect(system?.content).not.toContain('Use tabs.');
    expect(instructions).toMatchObject({
      role: 'user',
      content: expect.stringMatching(/Use tabs\.[\s\S]*Prices are in cents\./),
    });
    expect(asked).toMatchObject({ role: 'user', content: 'make a file' });
  });

  it('reads a message that comes while it runs before its next step, and an older turn as history', async () => {
    await using setup = await AgentSetup.start([
      {
        when: { user: 'start', tool_results: 0 },
        reply: { parts: [toolCall('run_command', { command: 'sleep 0.5' })] },
      },
      { when: { user: 'steer' }, reply: { parts: [text('As you say.')] } },
      { when: { user: 'later' }, reply: { parts: [text('Later.')] } },
    ]);
    await setup.startAgent();
    const conversation = setup.conversation();
    const turn = setup.api.send(conversation, 'start');
    await setup.api.waitForEvent(turn, (event) => event.type === 'tool_call.ready');
    expect(setup.api.send(conversation, 'steer')).toBe(turn);
    await setup.api.waitForStatus(turn, 'completed');
    const next = setup.api.send(conversation, 'later');
    await setup.api.waitForStatus(next, 'completed');

    const roles = setup.llm
      .requests()
      .map(({ body }) => body.messages.map((message) => message.role).join(' '));
    expect(roles).toEqual([
      'system user',
      'system user assistant tool user',
      'system user assistant tool user assistant user',
    ]);
  });

  it('tells the model what is wrong with a call that does not fit, and goes on', async () => {
    const calls = [
      toolCall('read_file', { file: 'a.txt' }),
      toolCall('edit_file', '{"path": "a.txt", "old_te'),
      toolCall('teleport', { to: 'moon' }),
      toolCall('read_file', { path: 'missing.txt' }),
    ];
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: calls } },
      { when: { tool_results: 4 }, reply: { parts: [text('I see.')] } },
    ]);
    await setup.startAgent();
    const turn = setup.send('go');
    await setup.api.waitForStatus(turn, 'completed');
    expect(statuses(turn)).toEqual(['failed', 'failed', 'failed', 'failed']);
    const [wrongName, brokenJson, unknownTool, missingFile] = outputs(turn);
    expect(wrongName).toContain('path');
    expect(brokenJson).toContain('was not whole: it stops after 25 characters');
    expect(unknownTool).toContain('There is no tool teleport');
    expect(missingFile).toContain('There is no file /home/dev/missing.txt');
  });

  it('keeps the whole of a long output in a file and gives the model its end', async () => {
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: [toolCall('run_command', { command: 'seq 1 40000' })] } },
      { when: { tool_results: 1 }, reply: { parts: [text('Long.')] } },
    ]);
    await setup.startAgent();
    const turn = setup.send('count');
    await setup.api.waitForStatus(turn, 'completed');
    const [output = ''] = outputs(turn);
    expect(output).toContain('\n40000\n');
    expect(output.split('\n').length).toBeLessThan(2010);
    const file = /\.podex\/outputs\/tcl_\w+\.txt/.exec(output)?.[0] ?? '';
    expect((await setup.workspace.read(file)).split('\n').length).toBe(40_001);
  });

  it('starts a command in the background, looks at it, and stops it', async () => {
    const idOf = (results: readonly string[]) => /cmd_\w{26}/.exec(results[0] ?? '')?.[0] ?? '';
    await using setup = await AgentSetup.start([
      {
        when: { tool_results: 0 },
        reply: { parts: [toolCall('run_command', { command: 'echo up; sleep 60', background: true })] },
      },
      {
        when: { tool_results: 1 },
        reply: ({ messages }) => {
          const results = messages.flatMap((message) =>
            message.role === 'tool' ? [String(message.content)] : [],
          );
          const id = idOf(results);
          return {
            parts: [
              toolCall('run_command', { command_id: id, timeout_seconds: 1 }),
              toolCall('run_command', { command_id: id, stop: true }),
            ],
          };
        },
      },
      { when: { tool_results: 3 }, reply: { parts: [text('Stopped.')] } },
    ]);
    await setup.startAgent();
    const turn = setup.send('serve');
    await setup.api.waitForStatus(turn, 'completed');
    const [started, looked, stopped] = outputs(turn);
    expect(started).toMatch(/^up\n\[still running after .* command_id: cmd_/);
    expect(looked).toMatch(/^up\n\[still running/);
    expect(stopped).toContain('ended by signal SIGTERM');
  });

  it('refuses the same call with the same result the third time, and stops at the fourth', async () => {
    await using setup = await AgentSetup.start([
      {
        reply: {
          parts: [toolCall('run_command', { command: 'echo same; echo x >> count.txt', cwd: '/home/dev' })],
        },
      },
    ]);
    await setup.workspace.write('count.txt', '');
    await setup.startAgent();
    const turn = setup.send('loop');
    await setup.api.waitForStatus(turn, 'failed');
    expect(turn.error?.code).toBe('limit_reached');
    expect(outputs(turn)[2]).toContain('This was not run');
    expect(await setup.workspace.read('count.txt')).toBe('x\nx\n');
  });

  it('stops after its last allowed step', async () => {
    let count = 0;
    await using setup = await AgentSetup.start([
      { reply: () => ({ parts: [toolCall('run_command', { command: `echo ${count++}` })] }) },
    ]);
    await setup.startAgent({ AGENT_MAX_STEPS: '3' });
    const turn = setup.send('on and on');
    await setup.api.waitForStatus(turn, 'failed');
    expect(turn.error).toMatchObject({ code: 'limit_reached', message: expect.stringContaining('3 steps') });
    expect(turn.steps).toHaveLength(3);
  });

  it('fails plainly when the workspace has failed', async () => {
    await using setup = await AgentSetup.start([
      { when: { user: 'list' }, reply: { parts: [toolCall('list_files', {})] } },
    ]);
    await setup.startAgent();
    setup.workspace.status = 'failed';
    const listing = setup.send('list');
    await setup.api.waitForStatus(listing, 'failed');
    expect(listing.error?.code).toBe('workspace_not_running');
  });

  it('waits for a workspace that starts', async () => {
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: [toolCall('run_command', { command: 'echo awake' })] } },
      { when: { tool_results: 1 }, reply: { parts: [text('Awake.')] } },
    ]);
    setup.workspace.status = 'creating';
    await setup.startAgent();
    const turn = setup.send('wake up');
    await setup.api.waitForEvent(turn, (event) => event.type === 'tool_call.ready');
    setup.workspace.status = 'running';
    await setup.api.waitForStatus(turn, 'completed');
    expect(outputs(turn)[0]).toContain('awake');
  });
});
