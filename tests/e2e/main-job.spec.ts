import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LlmDouble, startLlmDouble } from '../doubles/llm/llm-double.ts';
import { answerApproval, beginConversation, readTurns, say } from '../stack/conversation-actions.ts';
import { LiveClient } from '../stack/live-client.ts';
import type { Person } from '../stack/person.ts';
import { everyScript } from '../stack/scripts.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { TerminalClient } from '../stack/terminal-client.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, readText, runToEnd, writeText } from '../stack/workspace-actions.ts';

let model: LlmDouble;
let stack: Stack;
let person: Person;
let workspaceId: string;

beforeAll(async () => {
  model = await startLlmDouble({ script: everyScript });
  stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1` });
  person = await stack.signUp();
  workspaceId = await createRunningWorkspace(person, 'main-job');
  // The platform reaches into workspaces without a network: all that follows works in one that has none.
  const { data } = await person.client.PUT('/api/workspaces/{workspace_id}/network-policy', {
    params: { path: { workspace_id: workspaceId }, query: { wait_ms: 30_000 } },
    body: { mode: 'deny_all', allow: [] },
  });
  expect(data).toEqual({ mode: 'deny_all', allow: [], in_force: true });
});

afterAll(async () => {
  if (workspaceId)
    await person.client.DELETE('/api/workspaces/{workspace_id}', {
      params: { path: { workspace_id: workspaceId } },
    });
  await stack?.stop();
  await model?.stop();
});

describe('a workspace', () => {
  it('is a gVisor container, seen from inside', async () => {
    const { output } = await runToEnd(person, workspaceId, 'dmesg');
    expect(output).toMatch(/gVisor/i);
  });

  it('runs commands as dev, not as root', async () => {
    const { output } = await runToEnd(person, workspaceId, 'id -un; id -u; pwd');
    expect(output).toBe('dev\n1000\n/home/dev\n');
  });

  it('runs a command once, however often it is asked for by the same id', async () => {
    const id = newId('command');
    const command = 'echo once >> once.txt; wc -l < once.txt';
    const first = await runToEnd(person, workspaceId, command, id);
    const again = await runToEnd(person, workspaceId, command, id);
    expect(again).toEqual(first);
    expect(await readText(person, workspaceId, 'once.txt')).toBe('once\n');
    await expect(runToEnd(person, workspaceId, 'echo other', id)).rejects.toMatchObject({
      code: 'command_body_differs',
    });
  });

  it('has a terminal that shows what is typed, and replays what a viewer missed', async () => {
    const { data } = await person.client.POST('/api/workspaces/{workspace_id}/terminals', {
      params: { path: { workspace_id: workspaceId } },
      body: { cols: 100, rows: 30 },
    });
    const terminal = new TerminalClient(stack.apiUrl, person.token, workspaceId, data?.id ?? '');
    await terminal.attach();
    terminal.type('echo $((40 + 2))-here\n');
    await terminal.waitFor('42-here');
    terminal.leave();
    const other = new TerminalClient(stack.apiUrl, person.token, workspaceId, data?.id ?? '');
    await other.attach();
    other.type('echo while-away-$((1 + 1))\n');
    await other.waitFor('while-away-2');
    await terminal.attach();
    await terminal.waitFor('while-away-2');
    expect(terminal.offset).toBe(other.offset);
    other.leave();
    terminal.type('echo be"gun"; sleep 600\n');
    await terminal.waitFor('begun');
    terminal.type(`${'x'.repeat(49)}\r`.repeat(6_150));
    await runToEnd(person, workspaceId, 'true');
    terminal.type('\u0003');
    terminal.type('echo af"ter the paste"\n');
    await terminal.waitFor('after the paste');
    expect(terminal.frames).toContainEqual({ type: 'ack', offset: expect.any(Number) });
    terminal.leave();
  });

  it('keeps files and is started again by its owner', async () => {
    await writeText(person, workspaceId, 'kept.txt', 'kept\n');
    const params = { path: { workspace_id: workspaceId }, query: { wait_ms: 60_000 } };
    const stopped = await person.client.POST('/api/workspaces/{workspace_id}/stop', { params });
    expect(stopped.data?.status).toBe('stopped');
    await expect(readText(person, workspaceId, 'kept.txt')).rejects.toMatchObject({
      code: 'workspace_not_running',
    });
    const started = await person.client.POST('/api/workspaces/{workspace_id}/start', { params });
    expect(started.data?.status).toBe('running');
    expect(await readText(person, workspaceId, 'kept.txt')).toBe('kept\n');
    const { data } = await person.client.GET('/api/workspaces/{workspace_id}/terminals', {
      params: { path: { workspace_id: workspaceId } },
    });
    const terminal = new TerminalClient(stack.apiUrl, person.token, workspaceId, data?.items[0]?.id ?? '');
    await terminal.attach();
    await terminal.waitFor('after the paste');
    terminal.type('echo still-$((40 + 2))\n');
    await terminal.waitFor('still-42');
    terminal.leave();
  });
});

describe('an agent', () => {
  async function begin(mode: 'ask' | 'auto'): Promise<{ conversationId: string; live: LiveClient }> {
    const conversationId = await beginConversation(person, workspaceId, mode);
    const live = new LiveClient(stack.apiUrl, person.token, `conversation:${conversationId}`);
    await live.connect();
    return { conversationId, live };
  }

  it('edits a file after an approval, and every event comes once and in order', async () => {
    await writeText(person, workspaceId, 'README.md', '# Hello\n');
    const { conversationId, live } = await begin('ask');
    await say(person, conversationId, 'Please greet Podex in the README');
    await live.waitFor('turn.waiting');
    expect(await readText(person, workspaceId, 'README.md')).toBe('# Hello\n');
    live.leave();
    await answerApproval(person, conversationId, 'approve');
    await live.connect();
    await live.waitFor('turn.completed');
    live.leave();
    expect(await readText(person, workspaceId, 'README.md')).toBe('# Hello Podex\n');
    expect(live.isBroken).toBe(false);
    expect(live.transcript.turns).toEqual(await readTurns(person, conversationId));
  });

  it('is told when an approval is denied, and the file stays as it was', async () => {
    await writeText(person, workspaceId, 'README.md', '# Hello\n');
    const { conversationId, live } = await begin('ask');
    await say(person, conversationId, 'Please greet Podex in the README');
    await live.waitFor('turn.waiting');
    await answerApproval(person, conversationId, 'deny');
    await live.waitFor('turn.completed');
    live.leave();
    const ended = live.events.map(({ event }) => event).filter((event) => event.type === 'tool_call.end');
    expect(ended.map(({ status }) => status)).toEqual(['completed', 'denied']);
    expect(await readText(person, workspaceId, 'README.md')).toBe('# Hello\n');
  });

  it('goes on when the workspace was stopped before its approval: approving starts it', async () => {
    await writeText(person, workspaceId, 'README.md', '# Hello\n');
    const { conversationId, live } = await begin('ask');
    await say(person, conversationId, 'Please greet Podex in the README');
    await live.waitFor('turn.waiting');
    const params = { path: { workspace_id: workspaceId }, query: { wait_ms: 60_000 } };
    await person.client.POST('/api/workspaces/{workspace_id}/stop', { params });
    await answerApproval(person, conversationId, 'approve');
    await live.waitFor('turn.completed');
    live.leave();
    expect(await readText(person, workspaceId, 'README.md')).toBe('# Hello Podex\n');
  });

  it('stops when its turn is cancelled, and so does the command that it runs', async () => {
    const { conversationId, live } = await begin('auto');
    const turnId = await say(person, conversationId, 'append a line');
    await live.waitFor('tool_call.ready');
    await person.client.POST('/api/turns/{turn_id}/cancel', { params: { path: { turn_id: turnId } } });
    await live.waitFor('turn.cancelled', 15_000);
    live.leave();
    const { output } = await runToEnd(person, workspaceId, 'pgrep -x sleep || echo none');
    expect(output).toBe('none\n');
  });
});

describe('without a model', () => {
  it('says exactly what to set, and answers nothing in its place', async () => {
    const bare = await startStack();
    try {
      const someone = await bare.signUp();
      const models = await someone.client.GET('/api/models');
      expect(models.data).toMatchObject({ configured: false, items: [] });
      expect(models.data?.message).toMatch(
        /OPENROUTER_API_KEY.*ANTHROPIC_API_KEY.*OPENAI_API_KEY.*OLLAMA_URL/s,
      );
      const { data } = await someone.client.POST('/api/workspaces', {
        params: { query: { wait_ms: 0 } },
        body: { name: 'no model' },
      });
      const conversationId = await beginConversation(someone, data?.id ?? '', 'auto');
      await expect(say(someone, conversationId, 'hello')).rejects.toMatchObject({
        code: 'no_model_configured',
        context: { variables: expect.arrayContaining(['OPENROUTER_API_KEY']) },
      });
    } finally {
      await bare.stop();
    }
  });
});
