import { pause } from '@podex/service-kit/waiting';
import { describe, expect, it } from 'vitest';
import { AgentSetup, text, toolCall } from '../../testing/agent-setup.ts';
import { eventProblems } from '../../testing/event-checks.ts';

const EDIT = toolCall('edit_file', { path: 'a.txt', old_text: 'one', new_text: 'two' });
const RUN = toolCall('run_command', { command: 'cat a.txt', cwd: '~' });
const RULES = [
  { when: { tool_results: 0 }, reply: { parts: [toolCall('read_file', { path: 'a.txt' }), EDIT, RUN] } },
  { when: { tool_results: 3 }, reply: { parts: [text('Done.')] } },
];

describe('approvals', () => {
  it('are asked for together, hold no worker, and let the calls run once they are given', async () => {
    await using setup = await AgentSetup.start(RULES);
    await setup.workspace.write('a.txt', 'one\n');
    const first = await setup.startAgent({ AGENT_MAX_CONCURRENT_TURNS: '1' });
    const turn = setup.send('change it', { mode: 'ask' });
    await setup.api.waitForStatus(turn, 'waiting');

    expect(turn.approvals.map((approval) => approval.preview)).toEqual([
      { type: 'diff', path: 'a.txt', etag: expect.any(String), before: 'one\n', after: 'two\n' },
      { type: 'command', command: 'cat a.txt', cwd: '.' },
    ]);
    expect(turn.lease).toBeUndefined();
    expect(await setup.workspace.read('a.txt')).toBe('one\n');

    await first.stop();
    // Until api has seen that the stopped worker’s long poll is gone.
    await pause(100);
    await setup.startAgent();
    setup.api.resolve(turn, 'approved');
    await setup.api.waitForStatus(turn, 'completed');
    expect(await setup.workspace.read('a.txt')).toBe('two\n');
    expect(turn.steps[0]?.calls.map((call) => call.status)).toEqual(['completed', 'completed', 'completed']);
    expect(turn.steps[0]?.calls[2]?.output).toContain('two');
    expect(eventProblems(setup.api.eventsOf(turn))).toEqual([]);
    expect(setup.llm.requests()).toHaveLength(2);
  });

  it('of a file that a person saves meanwhile end in a failed call, whichever worker runs it', async () => {
    await using setup = await AgentSetup.start(RULES);
    await setup.workspace.write('a.txt', 'one\n');
    const first = await setup.startAgent({ AGENT_MAX_CONCURRENT_TURNS: '1' });
    const turn = setup.send('change it', { mode: 'ask' });
    await setup.api.waitForStatus(turn, 'waiting');
    await first.stop();
    await setup.workspace.write('a.txt', 'one, saved by a person\n');
    await setup.startAgent();
    setup.api.resolve(turn, 'approved');
    await setup.api.waitForStatus(turn, 'completed');
    const [, edit] = turn.steps[0]?.calls ?? [];
    expect(edit?.status).toBe('failed');
    expect(edit?.output).toContain('a.txt has changed since the user was shown this change');
    expect(await setup.workspace.read('a.txt')).toBe('one, saved by a person\n');
  });

  it('that are denied are told to the model, and nothing is done', async () => {
    await using setup = await AgentSetup.start(RULES);
    await setup.workspace.write('a.txt', 'one\n');
    await setup.startAgent();
    const turn = setup.send('change it', { mode: 'ask' });
    await setup.api.waitForStatus(turn, 'waiting');
    const [edit, run] = turn.approvals;
    if (edit !== undefined) setup.api.resolve(turn, 'denied', [edit]);
    expect(turn.status).toBe('waiting');
    if (run !== undefined) setup.api.resolve(turn, 'approved', [run]);
    await setup.api.waitForStatus(turn, 'completed');
    expect(turn.steps[0]?.calls.map((call) => call.status)).toEqual(['completed', 'denied', 'completed']);
    expect(turn.steps[0]?.calls[1]?.output).toContain('The user denied this');
    expect(await setup.workspace.read('a.txt')).toBe('one\n');
  });

  it('are not asked for tools that were allowed for the conversation', async () => {
    await using setup = await AgentSetup.start(RULES);
    await setup.workspace.write('a.txt', 'one\n');
    await setup.startAgent();
    const conversation = setup.conversation({ mode: 'ask' });
    conversation.rules.push({
      effect: 'allow',
      scope: 'conversation',
      tool: 'edit_file',
      path: null,
      command: null,
    });
    const turn = setup.api.send(conversation, 'change it');
    await setup.api.waitForStatus(turn, 'waiting');
    expect(turn.approvals.map((approval) => approval.tool)).toEqual(['run_command']);
  });

  it('are not asked for an edit that cannot succeed', async () => {
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: [EDIT] } },
      { when: { tool_results: 1 }, reply: { parts: [text('It is not there.')] } },
    ]);
    await setup.workspace.write('a.txt', 'something else\n');
    await setup.startAgent();
    const turn = setup.send('change it', { mode: 'ask' });
    await setup.api.waitForStatus(turn, 'completed');
    expect(turn.approvals).toEqual([]);
    expect(turn.steps[0]?.calls[0]).toMatchObject({
      status: 'failed',
      output: expect.stringContaining('Read the file again and copy the passage exactly'),
    });
  });

  it('end with the turn when it is cancelled while it waits', async () => {
    await using setup = await AgentSetup.start(RULES);
    await setup.workspace.write('a.txt', 'one\n');
    await setup.startAgent();
    const turn = setup.send('change it', { mode: 'ask' });
    await setup.api.waitForStatus(turn, 'waiting');
    setup.api.cancel(turn);
    setup.api.resolve(turn, 'approved');
    await setup.api.waitForStatus(turn, 'cancelled');
    expect(await setup.workspace.read('a.txt')).toBe('one\n');
    expect(turn.steps[0]?.calls.map((call) => call.status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  });
});
