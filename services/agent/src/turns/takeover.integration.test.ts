import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { setUpApi } from '../../../api/testing/set-up.ts';
import { text, toolCall } from '../../testing/agent-setup.ts';
import { eventProblems } from '../../testing/event-checks.ts';
import { RealSetup } from '../../testing/real-setup.ts';

const LEASE_MS = 8000;

const getApi = setUpApi();
let setup: RealSetup;

beforeAll(async () => {
  setup = await RealSetup.start(getApi());
});
afterEach(() => setup.killProcesses());
afterAll(() => setup[Symbol.asyncDispose]());

/** One step with these commands, then the last word. */
function scriptCommands(...commands: string[]): void {
  const parts = commands.map((command) => toolCall('run_command', { command }));
  setup.llm.setScript({
    rules: [
      { when: { tool_results: 0 }, reply: { parts } },
      { when: { tool_results: commands.length }, reply: { parts: [text('Done.')] } },
    ],
  });
}

const until = (file: string) => `until [ -e ${file} ]; do sleep 0.1; done`;

async function begin(): Promise<string> {
  const conversation = await setup.newConversation('auto');
  await setup.ask('POST', `/api/conversations/${conversation}/messages`, { text: 'go' });
  return conversation;
}

it('a killed worker is followed by another, which joins the command', async () => {
  scriptCommands(`echo x >> killed.txt; ${until('enough')}; echo end`);
  const doomed = setup.startProcess();
  const conversation = await begin();
  await setup.waitForFile('killed.txt');
  setup.startProcess();
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');
  await setup.waitForEvent(conversation, 'turn.started', 2);
  await setup.writeFile('enough');
  const events = await setup.waitForEvent(conversation, 'turn.completed');
  expect(eventProblems(events)).toEqual([]);
  expect(await setup.readFile('killed.txt')).toBe('x\n');
}, 90_000);

it('five workers that are killed in one long command do not fail its turn', async () => {
  scriptCommands(`echo x >> five.txt; ${until('enough-of-five')}; echo end`);
  const conversation = await begin();
  for (let kills = 1; kills <= 6; kills += 1) {
    const doomed = setup.startProcess();
    await setup.waitForEvent(conversation, 'turn.started', kills);
    await setup.waitForFile('five.txt');
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
  }
  setup.startProcess();
  await setup.waitForEvent(conversation, 'turn.started', 7);
  await setup.writeFile('enough-of-five');
  const events = await setup.waitForEvent(conversation, 'turn.completed');
  expect(eventProblems(events)).toEqual([]);
  expect(await setup.readFile('five.txt')).toBe('x\n');
}, 120_000);

it('a frozen worker that comes back leaves its attempt, and is given its turn again', async () => {
  scriptCommands(`touch begun; ${until('thawed')}`, 'echo x >> frozen.txt');
  const frozen = setup.startProcess();
  const conversation = await begin();
  await setup.waitForFile('begun');
  frozen.kill('SIGSTOP');
  await delay(LEASE_MS + 1000);
  await setup.writeFile('thawed');
  frozen.kill('SIGCONT');
  const events = await setup.waitForEvent(conversation, 'turn.completed');
  expect(eventProblems(events)).toEqual([]);
  const order = events
    .map((event) => event.type)
    .filter((type) => ['turn.started', 'tool_call.end', 'turn.completed'].includes(type));
  expect(order).toEqual(['turn.started', 'turn.started', 'tool_call.end', 'tool_call.end', 'turn.completed']);
  expect(await setup.readFile('frozen.txt')).toBe('x\n');
}, 90_000);

it('a frozen worker whose turn another has finished writes nothing when it comes back', async () => {
  scriptCommands(`touch begun-too; ${until('frozen-too')}`, 'echo x >> finished.txt');
  const frozen = setup.startProcess();
  const conversation = await begin();
  await setup.waitForFile('begun-too');
  frozen.kill('SIGSTOP');
  await setup.writeFile('frozen-too');
  const next = setup.startProcess();
  const events = await setup.waitForEvent(conversation, 'turn.completed');
  expect(events.filter((event) => event.type === 'turn.started')).toHaveLength(2);
  next.kill('SIGKILL');
  await once(next, 'exit');
  frozen.kill('SIGCONT');
  // Whatever was left of the other turn it has done when it has finished this one.
  await setup.waitForEvent(await begin(), 'turn.completed');
  expect(await setup.eventsOf(conversation)).toEqual(events);
  expect(await setup.readFile('finished.txt')).toBe('x\nx\n');
}, 90_000);

it('turns whose model asks for a long pause leave the worker to the others', async () => {
  setup.llm.setScript({
    rules: [
      {
        when: { user: 'later' },
        reply: { error: { status: 429, message: 'slow down', retry_after_seconds: 45 } },
      },
      { reply: { parts: [text('Hello.')] } },
    ],
  });
  const conversation = await setup.newConversation('auto');
  const { workspace_id: workspace } = await setup.ask('GET', `/api/conversations/${conversation}`);
  const say = async (said: string) => {
    const { id } = await setup.ask('POST', `/api/workspaces/${workspace}/conversations`, { mode: 'auto' });
    await setup.ask('POST', `/api/conversations/${id}/messages`, { text: said });
    return id;
  };
  await setup.startAgent();
  const waiting = await Promise.all(Array.from({ length: 16 }, () => say('later')));
  await Promise.all(waiting.map((id) => setup.waitForEvent(id, 'turn.waiting')));
  await setup.waitForEvent(await say('now'), 'turn.completed');
  for (const id of waiting) {
    const { active_turn: turn } = await setup.ask('GET', `/api/conversations/${id}`);
    expect(turn).toMatchObject({ status: 'waiting', waiting: { reason: 'retry' } });
    await setup.ask('POST', `/api/turns/${turn.id}/cancel`);
  }
}, 60_000);
