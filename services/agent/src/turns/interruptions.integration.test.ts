import { once } from 'node:events';
import { pause } from '@podex/service-kit/waiting';
import { describe, expect, it } from 'vitest';
import { AgentSetup, text, toolCall } from '../../testing/agent-setup.ts';
import { eventProblems } from '../../testing/event-checks.ts';

const SLOW_TEXT = { parts: [text('one two three four five six seven eight nine ten')], chunk_delay_ms: 150 };
const APPEND_A_LINE = {
  parts: [toolCall('run_command', { command: 'echo line >> lines.txt; sleep 2; echo ended' })],
};

describe('a turn whose worker is killed', () => {
  it('in the middle of a response is asked for again by another, and nothing is there twice', async () => {
    await using setup = await AgentSetup.start([{ reply: SLOW_TEXT }]);
    setup.api.leaseTtlMs = 1500;
    const doomed = setup.startProcess();
    const turn = setup.send('talk');
    await setup.api.waitForEvent(turn, (event) => event.type === 'text.delta');
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    await setup.startAgent();
    await setup.api.waitForStatus(turn, 'completed');
    const events = setup.api.eventsOf(turn);
    expect(eventProblems(events)).toEqual([]);
    expect(events.filter((event) => event.type === 'step.restarted')).toHaveLength(1);
    expect(events.filter((event) => event.type === 'step.started')).toHaveLength(1);
    expect(turn.steps[0]?.assistant).toEqual([expect.objectContaining({ text: SLOW_TEXT.parts[0]?.text })]);
  });

  it('in the middle of a command joins it: the command runs once', async () => {
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: APPEND_A_LINE },
      { when: { tool_results: 1 }, reply: { parts: [text('Done.')] } },
    ]);
    setup.api.leaseTtlMs = 1200;
    const doomed = setup.startProcess();
    const turn = setup.send('append');
    await setup.api.waitForEvent(turn, (event) => event.type === 'tool_call.ready');
    while (setup.workspace.commands.size === 0) await pause(10);
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    await setup.startAgent();
    await setup.api.waitForStatus(turn, 'completed');
    expect(await setup.workspace.read('lines.txt')).toBe('line\n');
    expect(turn.steps[0]?.calls[0]).toMatchObject({
      status: 'completed',
      output: expect.stringContaining('ended'),
    });
    expect(eventProblems(setup.api.eventsOf(turn))).toEqual([]);
  });
});

describe('a turn', () => {
  it('is given back when its service stops, and goes on elsewhere', async () => {
    await using setup = await AgentSetup.start([
      { when: { tool_results: 0 }, reply: APPEND_A_LINE },
      { when: { tool_results: 1 }, reply: { parts: [text('Done.')] } },
    ]);
    setup.api.leaseTtlMs = 60_000;
    const first = await setup.startAgent();
    const turn = setup.send('append');
    await setup.api.waitForEvent(turn, (event) => event.type === 'tool_call.ready');
    const startedAt = performance.now();
    await first.stop();
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(turn.lease).toBeUndefined();
    await setup.startAgent();
    await setup.api.waitForStatus(turn, 'completed');
    expect(await setup.workspace.read('lines.txt')).toBe('line\n');
  });

  it('whose hold is lost is let go at once, and nothing more is written', async () => {
    await using setup = await AgentSetup.start([{ reply: SLOW_TEXT }]);
    await setup.startAgent({ AGENT_MAX_CONCURRENT_TURNS: '1' });
    const turn = setup.send('talk');
    await setup.api.waitForEvent(turn, (event) => event.type === 'text.delta');
    turn.lease = { token: 'the token of another worker', until: Date.now() + 60_000 };
    const count = setup.api.eventsOf(turn).length;
    await pause(600);
    expect(setup.api.eventsOf(turn)).toHaveLength(count);
    // The worker has room again: it takes the turn again when it may.
    setup.api.endLease(turn);
    await setup.api.waitForStatus(turn, 'completed');
    expect(eventProblems(setup.api.eventsOf(turn))).toEqual([]);
  });

  it('outlives an api that is away for a moment, without a gap or a repetition', async () => {
    await using setup = await AgentSetup.start([{ reply: SLOW_TEXT }]);
    await setup.startAgent();
    const turn = setup.send('talk');
    await setup.api.waitForEvent(turn, (event) => event.type === 'text.delta');
    setup.api.loseNextAppendAnswers = 2;
    await pause(300);
    setup.api.isAway = true;
    await pause(600);
    setup.api.isAway = false;
    await setup.api.waitForStatus(turn, 'completed');
    const events = setup.api.eventsOf(turn);
    expect(eventProblems(events)).toEqual([]);
    expect(events.some((event) => event.type === 'step.restarted')).toBe(false);
  });

  it('that is cancelled in the middle of a response keeps what was said', async () => {
    await using setup = await AgentSetup.start([{ reply: SLOW_TEXT }]);
    await setup.startAgent();
    const turn = setup.send('talk');
    await setup.api.waitForEvent(turn, (event) => event.type === 'text.delta' && event.text.includes('two'));
    setup.api.cancel(turn);
    await setup.api.waitForStatus(turn, 'cancelled');
    const [step] = turn.steps;
    expect(step?.status).toBe('finished');
    expect(step?.assistant).toEqual([{ type: 'text', text: expect.stringMatching(/^one two/) }]);
    expect(eventProblems(setup.api.eventsOf(turn))).toEqual([]);
  });

  it('that is cancelled in the middle of a command ends the command', async () => {
    await using setup = await AgentSetup.start([
      {
        when: { tool_results: 0 },
        reply: {
          parts: [toolCall('run_command', { command: 'echo begun; sleep 60' }), toolCall('list_files', {})],
        },
      },
    ]);
    await setup.startAgent();
    const turn = setup.send('wait');
    await setup.api.waitForEvent(turn, (event) => event.type === 'tool_call.output');
    setup.api.cancel(turn);
    await setup.api.waitForStatus(turn, 'cancelled');
    expect([...setup.workspace.commands.values()].map(({ state }) => state.status)).toEqual(['killed']);
    expect(turn.steps[0]?.calls.map((call) => call.status)).toEqual(['cancelled', 'cancelled']);
    expect(turn.steps[0]?.calls[0]?.output).toMatch(/cancelled this\. Until then:\nbegun\n/);
    expect(turn.steps[0]?.status).toBe('finished');
  });
});
