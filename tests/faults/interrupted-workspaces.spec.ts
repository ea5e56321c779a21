import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LlmDouble, startLlmDouble } from '../doubles/llm/llm-double.ts';
import { beginConversation, say } from '../stack/conversation-actions.ts';
import { LiveClient } from '../stack/live-client.ts';
import type { Person } from '../stack/person.ts';
import { signalDaemon } from '../stack/signal-daemon.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, readText } from '../stack/workspace-actions.ts';

const AGAIN_TIMEOUT_MS = 120_000;

let model: LlmDouble;
let stack: Stack;
let person: Person;
let workspaceId: string;
let live: LiveClient;

beforeAll(async () => {
  model = await startLlmDouble({
    script: {
      rules: [
        {
          when: { user: 'append', tool_results: 0 },
          reply: {
            parts: [
              {
                type: 'tool_call',
                name: 'run_command',
                arguments: { command: 'echo line >> lines.txt; sleep 600', timeout_seconds: 900 },
              },
            ],
          },
        },
        {
          when: { user: 'append', tool_results: 1 },
          reply: { parts: [{ type: 'text', text: 'It was lost.' }] },
        },
      ],
    },
  });
  stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1` });
  person = await stack.signUp();
});

afterAll(async () => {
  await stack?.stop();
  await model?.stop();
});

beforeEach(async () => {
  workspaceId = await createRunningWorkspace(person, 'interrupted');
  live = new LiveClient(stack.apiUrl, person.token, `workspace:${workspaceId}`);
  await live.connect();
});

afterEach(async () => {
  live.leave();
  await deleteWorkspace(person, workspaceId);
});

async function workspace() {
  const { data } = await person.client.GET('/api/workspaces/{workspace_id}', {
    params: { path: { workspace_id: workspaceId } },
  });
  if (data === undefined) throw new Error('no workspace');
  return data;
}

/** Waits until it is no longer running, and then for what it comes to. */
async function untilOver() {
  const wait = { timeoutMs: AGAIN_TIMEOUT_MS, everyMs: 20 };
  await waitUntil(async () => ((await workspace()).status === 'running' ? undefined : true), wait);
  return waitUntil(async () => {
    const now = await workspace();
    return now.status === 'creating' ? undefined : now;
  }, wait);
}

describe('a daemon that hangs during a turn', { timeout: 300_000 }, () => {
  it('is restarted and says so; the agent is told that its command was lost, and the turn goes on', async () => {
    const conversation = await beginConversation(person, workspaceId, 'auto');
    const turn = new LiveClient(stack.apiUrl, person.token, `conversation:${conversation}`);
    await turn.connect();
    await say(person, conversation, 'append a line, please');
    await waitUntil(() => readText(person, workspaceId, 'lines.txt').catch(() => undefined), {
      timeoutMs: 20_000,
      everyMs: 100,
    });
    await signalDaemon(workspaceId, 'STOP');
    expect(await untilOver()).toMatchObject({
      status: 'running',
      reason: expect.stringMatching(
        /^The workspace’s daemon stopped responding at \d\d:\d\d UTC and was restarted\. Terminals and commands that ran were lost; files are kept\.$/,
      ),
    });
    await turn.waitFor('turn.completed', AGAIN_TIMEOUT_MS);
    turn.leave();
    const ends = turn.events.map(({ event }) => event).filter((event) => event.type === 'tool_call.end');
    expect(ends).toMatchObject([
      { status: 'failed', output: expect.stringMatching(/lost: the workspace was restarted/) },
    ]);
    const statuses = live.events.flatMap(({ event }) =>
      event.type === 'workspace.changed' ? [event.status] : [],
    );
    const changes = statuses.filter((status, index) => status !== statuses[index - 1]);
    expect(changes).toEqual(['creating', 'running', 'creating', 'running']);
    // Not run again, and kept.
    expect(await readText(person, workspaceId, 'lines.txt')).toBe('line\n');
  });
});

describe('a daemon that is killed in a loop', { timeout: 300_000 }, () => {
  it('is started again after growing pauses, ends as failed with a cure, and is started again on request', async () => {
    const startedAt = performance.now();
    let now = await workspace();
    let kills = 0;
    while (now.status === 'running') {
      await signalDaemon(workspaceId, 'KILL');
      kills += 1;
      now = await untilOver();
    }
    expect(kills).toBe(6);
    // 2 + 4 + 8 + 16 seconds of pauses.
    expect(performance.now() - startedAt).toBeGreaterThan(30_000);
    expect(now).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/Start the workspace again/),
    });
    const { data } = await person.client.POST('/api/workspaces/{workspace_id}/start', {
      params: { path: { workspace_id: workspaceId }, query: { wait_ms: 60_000 } },
    });
    expect(data).toMatchObject({ status: 'running', reason: null });
  });
});
