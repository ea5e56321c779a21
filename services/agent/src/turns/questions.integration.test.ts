import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AgentSetup, text, toolCall } from '../../testing/agent-setup.ts';
import { eventProblems } from '../../testing/event-checks.ts';
import type { TurnRecord } from '../../testing/turn-records.ts';

const ASK = toolCall('ask_user', { question: 'Which port?', options: ['3000', '8080'] });
const PLAN = toolCall('propose_plan', { plan: '# Rename it\n\n1. Edit a.txt.' });
const WRITE = toolCall('write_file', { path: 'b.txt', content: 'two\n' });

const PROCESS_STARTS_WITHIN_MS = 55_000;

const steps = (...calls: ReturnType<typeof toolCall>[]) => [
  ...calls.map((call, index) => ({ when: { tool_results: index }, reply: { parts: [call] } })),
  { when: { tool_results: calls.length }, reply: { parts: [text('Done.')] } },
];
const calls = (turn: TurnRecord) => turn.steps.flatMap((step) => step.calls);

describe('a question of the agent', () => {
  it('waits without a worker, and its answer is the result, once', async () => {
    await using setup = await AgentSetup.start(steps(ASK));
    const doomed = setup.startProcess();
    const turn = setup.send('start it', { mode: 'auto' });
    await setup.api.waitForStatus(turn, 'waiting', PROCESS_STARTS_WITHIN_MS);
    expect(turn.waiting?.reason).toBe('input');
    expect(turn.lease).toBeUndefined();
    expect(turn.approvals[0]?.preview).toEqual({
      type: 'question',
      question: 'Which port?',
      options: ['3000', '8080'],
      is_multiple: false,
    });
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    setup.api.answer(turn, 'approved', { choices: ['8080'], text: 'behind the proxy' });
    setup.startProcess();
    await setup.api.waitForStatus(turn, 'completed', PROCESS_STARTS_WITHIN_MS);
    expect(calls(turn)).toMatchObject([
      { status: 'completed', output: 'The person answered: 8080\nbehind the proxy' },
    ]);
    expect(turn.approvals).toHaveLength(1);
    expect(eventProblems(setup.api.eventsOf(turn))).toEqual([]);
    expect(setup.llm.requests()).toHaveLength(2);
  });

  it('that is skipped leaves the decision to the agent', async () => {
    await using setup = await AgentSetup.start(steps(ASK));
    await setup.startAgent();
    const turn = setup.send('start it', { mode: 'ask' });
    await setup.api.waitForStatus(turn, 'waiting');
    setup.api.answer(turn, 'denied', null);
    await setup.api.waitForStatus(turn, 'completed');
    expect(calls(turn)[0]).toMatchObject({
      status: 'denied',
      output: expect.stringContaining('did not answer this question'),
    });
  });

  it('waits as an approval does when something else is to be allowed as well', async () => {
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: { parts: [ASK, WRITE] } },
      { when: { tool_results: 2 }, reply: { parts: [text('Done.')] } },
    ]);
    await setup.startAgent();
    const turn = setup.send('start it', { mode: 'ask' });
    await setup.api.waitForStatus(turn, 'waiting');
    expect(turn.waiting?.reason).toBe('approval');
    expect(turn.approvals).toHaveLength(2);
  });

  it('with one option or the same twice is not asked', async () => {
    await using setup = await AgentSetup.start(
      steps(
        toolCall('ask_user', { question: 'Go on?', options: ['Yes'] }),
        toolCall('ask_user', { question: 'Go on?', options: ['Yes', 'Yes'] }),
      ),
    );
    await setup.startAgent();
    const turn = setup.send('start it', { mode: 'auto' });
    await setup.api.waitForStatus(turn, 'completed');
    expect(calls(turn).map(({ status }) => status)).toEqual(['failed', 'failed']);
    expect(turn.approvals).toEqual([]);
  });

  it('is closed when the turn is cancelled', async () => {
    await using setup = await AgentSetup.start(steps(ASK));
    await setup.startAgent();
    const turn = setup.send('start it', { mode: 'auto' });
    await setup.api.waitForStatus(turn, 'waiting');
    setup.api.cancel(turn);
    setup.api.wake(turn);
    await setup.api.waitForStatus(turn, 'cancelled');
    expect(calls(turn)[0]?.status).toBe('cancelled');
  });
});

describe('plan mode', () => {
  it('changes no file, runs commands read-only and unasked, and goes on in the mode of the approved plan', async () => {
    await using setup = await AgentSetup.start(
      steps(WRITE, toolCall('run_command', { command: 'cat a.txt' }), PLAN, WRITE),
    );
    await setup.workspace.write('a.txt', 'one\n');
    await setup.startAgent();
    const turn = setup.send('rename it', { mode: 'plan' });
    await setup.api.waitForStatus(turn, 'waiting');
    expect(turn.waiting?.reason).toBe('input');
    await expect(setup.workspace.read('b.txt')).rejects.toThrow('ENOENT');
    const [denied, read] = calls(turn);
    expect(denied).toMatchObject({ status: 'denied', output: expect.stringContaining('propose_plan') });
    expect(read).toMatchObject({ status: 'completed', output: expect.stringContaining('one') });
    expect([...setup.workspace.commands.values()].map(({ body }) => JSON.parse(body))).toEqual([
      expect.objectContaining({ read_only_command: 'cat a.txt' }),
    ]);
    expect(setup.api.eventsOf(turn).map(({ type }) => type)).not.toContain('checkpoint.created');
    setup.api.answer(turn, 'approved', { choices: [], text: null, mode: 'auto' });
    await setup.api.waitForStatus(turn, 'completed');
    expect(calls(turn)[2]).toMatchObject({
      status: 'completed',
      output: 'The person approved the plan. The mode is now auto: carry the plan out.',
    });
    expect(await setup.workspace.read('b.txt')).toBe('two\n');
    const systems = setup.llm.requests().map(({ body }) => /Mode: (\w+)\./.exec(JSON.stringify(body))?.[1]);
    expect(systems).toEqual(['plan', 'plan', 'plan', 'auto', 'auto']);
  });

  it('goes on planning with what the person says', async () => {
    await using setup = await AgentSetup.start(steps(PLAN));
    await setup.startAgent();
    const turn = setup.send('rename it', { mode: 'plan' });
    await setup.api.waitForStatus(turn, 'waiting');
    setup.api.answer(turn, 'denied', { choices: [], text: 'Tests as well.' });
    await setup.api.waitForStatus(turn, 'completed');
    expect(calls(turn)[0]).toMatchObject({
      status: 'denied',
      output: expect.stringContaining('Tests as well.'),
    });
    expect(setup.api.conversationOf(turn).mode).toBe('plan');
  });

  it('is where plans are proposed, and nowhere else; nothing runs in the background there', async () => {
    await using setup = await AgentSetup.start(steps(PLAN));
    await setup.startAgent();
    const turn = setup.send('rename it', { mode: 'auto' });
    await setup.api.waitForStatus(turn, 'completed');
    expect(calls(turn)[0]).toMatchObject({
      status: 'denied',
      output: expect.stringContaining('in plan mode alone'),
    });
    setup.llm.setScript({ rules: steps(toolCall('run_command', { command: 'sleep 60', background: true })) });
    const planned = setup.send('serve it', { mode: 'plan' });
    await setup.api.waitForStatus(planned, 'completed');
    expect(calls(planned)[0]).toMatchObject({
      status: 'failed',
      output: expect.stringContaining('background'),
    });
    expect(setup.workspace.commands.size).toBe(0);
  });
});
