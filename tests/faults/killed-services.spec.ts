import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LlmDouble, startLlmDouble } from '../doubles/llm/llm-double.ts';
import { beginConversation, readTurns, say } from '../stack/conversation-actions.ts';
import { LiveClient } from '../stack/live-client.ts';
import type { Person } from '../stack/person.ts';
import { appendLineScript, countSlowlyScript } from '../stack/scripts.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { TerminalClient } from '../stack/terminal-client.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  createRunningWorkspace,
  deleteWorkspace,
  openTerminal,
  readText,
} from '../stack/workspace-actions.ts';

let model: LlmDouble;
let stack: Stack;
let person: Person;
let workspaceId: string;

beforeAll(async () => {
  model = await startLlmDouble({ script: appendLineScript });
  stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1` });
  person = await stack.signUp();
  workspaceId = await createRunningWorkspace(person, 'faults');
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(person, workspaceId);
  await stack?.stop();
  await model?.stop();
});

async function conversationWithLive(mode: 'ask' | 'auto'): Promise<{ id: string; live: LiveClient }> {
  const id = await beginConversation(person, workspaceId, mode);
  const live = new LiveClient(stack.apiUrl, person.token, `conversation:${id}`);
  await live.connect();
  return { id, live };
}

/** Each event once and in order, and after all of them what a page shows that is opened now. */
async function expectNothingLost(live: LiveClient, conversationId: string): Promise<void> {
  expect(live.isBroken).toBe(false);
  expect(live.transcript.turns).toEqual(await readTurns(person, conversationId));
}

describe('kill -9 of agent', () => {
  it('during a command: the turn ends as it should and the command ran once', async () => {
    const { id, live } = await conversationWithLive('auto');
    await say(person, id, 'append a line, please');
    await live.waitFor('tool_call.ready');
    await waitForFile('lines.txt');
    await stack.agent.kill();
    await stack.agent.start();
    await live.waitFor('turn.completed', 60_000);
    live.leave();
    expect(await readText(person, workspaceId, 'lines.txt')).toBe('line\n');
    expect(live.events.filter(({ event }) => event.type === 'tool_call.end')).toHaveLength(1);
    await expectNothingLost(live, id);
  });

  it('while the model answers: the half answer is thrown away and asked again', async () => {
    model.setScript(countSlowlyScript);
    const { id, live } = await conversationWithLive('auto');
    await say(person, id, 'count slowly');
    await live.waitFor('text.delta');
    await stack.agent.kill();
    await stack.agent.start();
    await live.waitFor('turn.completed', 60_000);
    live.leave();
    const ends = live.events.map(({ event }) => event).filter((event) => event.type === 'text.end');
    expect(ends).toHaveLength(1);
    expect(ends[0]?.text).toMatch(/^number-0 .* number-59$/);
    expect(live.events.some(({ event }) => event.type === 'step.restarted')).toBe(true);
    await expectNothingLost(live, id);
    model.setScript(appendLineScript);
  });
});

describe('kill -9 of compute', () => {
  it('leaves the shell of an open terminal as it was', async () => {
    const terminalId = await openTerminal(person, workspaceId);
    const terminal = new TerminalClient(stack.apiUrl, person.token, workspaceId, terminalId);
    await terminal.attach();
    terminal.type('MARK=kept-$((6 * 7)); echo "shell $$ $MARK"\n');
    await terminal.waitFor(/shell \d+ kept-42/);
    const shell = /shell (\d+) kept-42/.exec(terminal.text)?.[1];
    await stack.compute.kill();
    await stack.compute.start();
    await attachAgain(terminal);
    terminal.type('echo "again $$ $MARK"\n');
    await terminal.waitFor(`again ${shell} kept-42`);
    expect(shell).toMatch(/^\d+$/);
    terminal.leave();
  });
});

describe('kill -9 of api', () => {
  it('in the middle of a turn: the turn goes on and a page that returns has every event once', async () => {
    model.setScript(countSlowlyScript);
    const { id, live } = await conversationWithLive('auto');
    await say(person, id, 'count slowly');
    await live.waitFor('text.delta');
    await stack.api.kill();
    await stack.api.start();
    await live.connect();
    await live.waitFor('turn.completed', 60_000);
    live.leave();
    const ends = live.events.map(({ event }) => event).filter((event) => event.type === 'text.end');
    expect(ends).toHaveLength(1);
    await expectNothingLost(live, id);
  });
});

describe('a page that leaves and returns', () => {
  it('has every event exactly once with `after`, however often it leaves', async () => {
    model.setScript(countSlowlyScript);
    const { id, live } = await conversationWithLive('auto');
    await say(person, id, 'count slowly');
    for (let round = 0; round < 5; round += 1) {
      const seen = live.lastSeq;
      await live.waitForSeq(seen + 3);
      live.leave();
      await live.connect();
    }
    await live.waitFor('turn.completed');
    live.leave();
    await expectNothingLost(live, id);
  });
});

async function waitForFile(path: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const there = await readText(person, workspaceId, path).then(
      () => true,
      () => false,
    );
    if (there) return;
    if (performance.now() > deadline) throw new Error(`${path} did not appear`);
  }
}

/** As the page does: tries until compute has its link again. */
async function attachAgain(terminal: TerminalClient): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const attached = await terminal.attach().then(
      () => true,
      () => false,
    );
    if (attached) return;
    if (performance.now() > deadline) throw new Error('the terminal cannot be attached again');
  }
}
