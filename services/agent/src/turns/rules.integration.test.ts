import type { PolicyRule } from '@podex/contracts/rules';
import { describe, expect, it } from 'vitest';
import { AgentSetup, text, toolCall } from '../../testing/agent-setup.ts';
import { eventProblems } from '../../testing/event-checks.ts';

const rule = (effect: PolicyRule['effect'], ...command: string[]): PolicyRule => ({
  effect,
  scope: 'workspace',
  tool: 'run_command',
  path: null,
  command,
});
const run = (...commands: string[]) => [
  {
    when: { tool_results: 0 },
    reply: { parts: commands.map((command) => toolCall('run_command', { command })) },
  },
  { when: { tool_results: commands.length }, reply: { parts: [text('Done.')] } },
];

describe('rules of a workspace', () => {
  it('do not allow a write that hides in a substitution', async () => {
    await using setup = await AgentSetup.start(run('echo "$(echo two > a.txt)"', 'echo three'));
    await setup.workspace.write('a.txt', 'one\n');
    await setup.startAgent();
    const conversation = setup.conversation({ mode: 'ask' });
    conversation.rules.push(rule('allow', 'echo'));
    const turn = setup.api.send(conversation, 'go');
    await setup.api.waitForStatus(turn, 'waiting');
    expect(turn.approvals).toHaveLength(1);
    expect(await setup.workspace.read('a.txt')).toBe('one\n');
    setup.api.resolve(turn, 'denied');
    await setup.api.waitForStatus(turn, 'completed');
    expect(turn.steps[0]?.calls.map(({ status }) => status)).toEqual(['denied', 'completed']);
    expect(await setup.workspace.read('a.txt')).toBe('one\n');
  });

  it('allow the command that was remembered, and no other', async () => {
    await using setup = await AgentSetup.start(run('ls', 'rm a.txt'));
    await setup.workspace.write('a.txt', 'one\n');
    await setup.startAgent();
    const conversation = setup.conversation({ mode: 'ask' });
    conversation.rules.push(rule('allow', 'ls'));
    const turn = setup.api.send(conversation, 'go');
    await setup.api.waitForStatus(turn, 'waiting');
    expect(turn.approvals).toHaveLength(1);
    setup.api.resolve(turn, 'denied');
    await setup.api.waitForStatus(turn, 'completed');
    expect(turn.steps[0]?.calls.map(({ status }) => status)).toEqual(['completed', 'denied']);
  });

  it('deny in auto mode, before and after an approval; the model is told why', async () => {
    await using setup = await AgentSetup.start(run('true; rm a.txt', 'cat a.txt'));
    await setup.workspace.write('a.txt', 'one\n');
    await setup.startAgent();
    const conversation = setup.conversation({ mode: 'auto' });
    conversation.rules.push(rule('deny', 'rm'), rule('ask', 'cat'));
    const turn = setup.api.send(conversation, 'go');
    await setup.api.waitForStatus(turn, 'waiting');
    expect(turn.approvals).toHaveLength(1);
    conversation.rules.push(rule('deny', 'cat'));
    setup.api.resolve(turn, 'approved');
    await setup.api.waitForStatus(turn, 'completed');
    const [first, second] = turn.steps[0]?.calls ?? [];
    expect(first).toMatchObject({
      status: 'denied',
      output: expect.stringContaining(
        'A rule of this workspace denies run_command: commands that start with “rm”',
      ),
    });
    expect(second?.status).toBe('denied');
    expect(await setup.workspace.read('a.txt')).toBe('one\n');
    expect(eventProblems(setup.api.eventsOf(turn))).toEqual([]);
  });
});

describe('calls that only read', () => {
  it('run at once, and their results stand in the order of the calls', async () => {
    const paths = ['a.txt', 'b.txt', 'c.txt'];
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: paths.map((path) => toolCall('read_file', { path })) } },
      { when: { tool_results: 3 }, reply: { parts: [text('Read.')] } },
    ]);
    for (const path of paths) await setup.workspace.write(path, `${path}\n`);
    await setup.startAgent();
    const turn = setup.send('read them', { mode: 'ask' });
    await setup.api.waitForStatus(turn, 'completed');
    expect(turn.steps[0]?.calls.map(({ output }) => output)).toEqual(
      paths.map((path) => expect.stringContaining(path)),
    );
    expect(eventProblems(setup.api.eventsOf(turn))).toEqual([]);
  });
});
