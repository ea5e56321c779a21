import { describe, expect, it } from 'vitest';
import { AgentSetup, text, toolCall } from '../../testing/agent-setup.ts';
import { eventProblems } from '../../testing/event-checks.ts';

const SLOW_DOWN = { error: { status: 429, message: 'slow down', retry_after_seconds: 45 } };
const HELLO = { reply: { parts: [text('Hello there.')] } };

describe('a turn whose model wants a long pause', () => {
  it('is released for it, and its worker runs another meanwhile', async () => {
    await using setup = await AgentSetup.start([
      { when: { user: 'later' }, times: 1, reply: SLOW_DOWN },
      HELLO,
    ]);
    await setup.startAgent({ AGENT_MAX_CONCURRENT_TURNS: '1' });
    const turn = setup.send('later');
    await setup.api.waitForStatus(turn, 'waiting');
    expect(turn.waiting).toMatchObject({ reason: 'retry', message: expect.stringContaining('slow down') });
    expect((turn.waiting?.wakeAt ?? 0) - Date.now()).toBeGreaterThan(40_000);
    expect(turn.lease).toBeUndefined();

    await setup.api.waitForStatus(setup.send('now'), 'completed');
    expect(turn.status).toBe('waiting');
    setup.api.wake(turn);
    await setup.api.waitForStatus(turn, 'completed');
    expect(turn.steps).toHaveLength(1);
    expect(eventProblems(setup.api.eventsOf(turn))).toEqual([]);
  });

  it('is not tried more often for the workers that it had', async () => {
    await using setup = await AgentSetup.start([{ reply: SLOW_DOWN }]);
    await setup.startAgent();
    const turn = setup.send('hi');
    for (let tries = 1; tries < 6; tries += 1) {
      await setup.api.waitForStatus(turn, 'waiting');
      expect(setup.llm.requests()).toHaveLength(tries);
      setup.api.wake(turn);
    }
    await setup.api.waitForStatus(turn, 'failed');
    expect(turn.error).toMatchObject({ code: 'model_failed' });
    expect(setup.llm.requests()).toHaveLength(6);
  });

  it('ends when it is cancelled before it is asked again', async () => {
    await using setup = await AgentSetup.start([{ reply: SLOW_DOWN }]);
    await setup.startAgent();
    const turn = setup.send('hi');
    await setup.api.waitForStatus(turn, 'waiting');
    setup.api.cancel(turn);
    setup.api.wake(turn);
    await setup.api.waitForStatus(turn, 'cancelled');
    expect(setup.llm.requests()).toHaveLength(1);
    expect(turn.steps[0]?.status).toBe('finished');
  });
});

describe('a turn whose workspace is not ready', () => {
  const AWAKE = [
    {
      when: { tool_results: 0 },
      reply: { parts: [toolCall('run_command', { command: 'echo awake >> once.txt' })] },
    },
    { when: { tool_results: 1 }, reply: { parts: [text('Awake.')] } },
  ];

  it('is released until it is, and then does once what it was about to do', async () => {
    await using setup = await AgentSetup.start(AWAKE);
    setup.workspace.status = 'creating';
    await setup.startAgent();
    const turn = setup.send('wake up');
    await setup.api.waitForStatus(turn, 'waiting');
    expect(turn.waiting).toMatchObject({
      reason: 'workspace',
      message: expect.stringContaining('not running'),
    });
    setup.workspace.status = 'running';
    setup.api.wake(turn);
    await setup.api.waitForStatus(turn, 'completed');
    expect(await setup.workspace.read('once.txt')).toBe('awake\n');
    expect(setup.llm.requests()).toHaveLength(2);
    expect(eventProblems(setup.api.eventsOf(turn))).toEqual([]);
  });

  it('fails when it has waited for it for as long as it may', async () => {
    await using setup = await AgentSetup.start(AWAKE);
    setup.workspace.status = 'creating';
    await setup.startAgent();
    const turn = setup.send('wake up');
    await setup.api.waitForStatus(turn, 'waiting');
    turn.workspaceWaitOver = true;
    setup.api.wake(turn);
    await setup.api.waitForStatus(turn, 'failed');
    expect(turn.error?.code).toBe('workspace_not_running');
  });
});
