import { spawn } from 'node:child_process';
import path from 'node:path';
import {
  type ClientContext,
  client,
  methods,
  PROTOCOL_VERSION,
  type PromptResponse,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionUpdate,
} from '@agentclientprotocol/sdk';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../../services/api/testing/eventually.ts';
import { calls, says, script, setUpAgentScene } from '../../testing/agent-scene.ts';
import { messageStream } from '../acp/message-stream.ts';

const getScene = setUpAgentScene();
/** Each test starts several programs. */
const SLOW = { timeout: 400_000 };
const MAIN = path.join(import.meta.dirname, '../main.ts');

interface Editor {
  agent: ClientContext;
  updates: SessionUpdate[];
  permissions: RequestPermissionRequest[];
  /** What came on standard output. */
  output: string;
  errors: string;
}

/** An editor as the library’s own client side makes it, around a `podex acp` of its own. */
async function withEditor(
  {
    words = [],
    env,
    decide,
  }: {
    words?: string[];
    env?: Record<string, string>;
    decide?: (request: RequestPermissionRequest) => Promise<RequestPermissionResponse>;
  },
  work: (editor: Editor) => Promise<void>,
): Promise<void> {
  const scene = await getScene();
  const child = spawn(process.execPath, [MAIN, 'acp', ...words], {
    env: { ...scene.environment(), ...env },
    stdio: 'pipe',
  });
  const editor = { updates: [], permissions: [], output: '', errors: '' } as Pick<
    Editor,
    'updates' | 'permissions' | 'output' | 'errors'
  >;
  child.stdout.on('data', (chunk) => {
    editor.output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    editor.errors += String(chunk);
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const app = client({ name: 'editor' })
    .onNotification(methods.client.session.update, ({ params }) => {
      editor.updates.push(params.update);
    })
    .onRequest(methods.client.session.requestPermission, ({ params }) => {
      editor.permissions.push(params);
      return decide?.(params) ?? select(params, 'approve');
    });
  const stream = messageStream(child.stdin, child.stdout);
  await app.connectWith(stream, async (agent) => {
    await agent.request(methods.agent.initialize, { protocolVersion: PROTOCOL_VERSION });
    await work(Object.assign(editor, { agent }));
  });
  child.stdin.end();
  await exited;
  for (const line of editor.output.trimEnd().split('\n')) expect(JSON.parse(line).jsonrpc).toBe('2.0');
}

function select({ options }: RequestPermissionRequest, prefix: string): Promise<RequestPermissionResponse> {
  const optionId = options.find((option) => option.optionId.startsWith(prefix))?.optionId ?? '';
  return Promise.resolve({ outcome: { outcome: 'selected', optionId } });
}

const textOf = (updates: SessionUpdate[], kind: SessionUpdate['sessionUpdate']) =>
  updates
    .map((update) => (update.sessionUpdate === kind && 'content' in update ? update.content : undefined))
    .map((content) => (content && 'type' in content && content.type === 'text' ? content.text : ''))
    .join('');
const cwd = '/src/shop';
const prompt = (text: string) => [{ type: 'text' as const, text }];
const say = (agent: ClientContext, sessionId: string, text: string): Promise<PromptResponse> =>
  agent.request(methods.agent.session.prompt, { sessionId, prompt: prompt(text) });

const WORK = script(
  'greet',
  [
    { type: 'reasoning', text: 'A file is needed.' },
    says('I write it.'),
    calls('write_file', { path: 'acp.txt', content: 'hello\n' }),
  ],
  [calls('run_command', { command: 'cat acp.txt' })],
  [says('Done.')],
);

describe('podex acp', SLOW, () => {
  it('carries a turn: text, thoughts, calls with diffs, permissions; and loads it again', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({ rules: WORK });
    let sessionId = '';
    let live: SessionUpdate[] = [];
    await withEditor({}, async ({ agent, updates, permissions }) => {
      const session = await agent.request(methods.agent.session.new, { cwd, mcpServers: [] });
      sessionId = session.sessionId;
      expect(session.modes).toMatchObject({ currentModeId: 'ask' });
      expect(session.modes?.availableModes.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['ask', 'auto']),
      );
      const { stopReason } = await say(agent, sessionId, 'greet me');
      expect(stopReason).toBe('end_turn');
      expect(permissions).toHaveLength(2);
      expect(permissions[0]).toMatchObject({
        sessionId,
        toolCall: {
          kind: 'edit',
          status: 'pending',
          content: [{ type: 'diff', path: '/home/dev/acp.txt', oldText: null, newText: 'hello\n' }],
        },
      });
      expect(permissions[0]?.options.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['allow_once', 'allow_always', 'reject_once']),
      );
      live = [...updates];
    });
    expect(textOf(live, 'agent_message_chunk')).toBe('I write it.Done.');
    expect(textOf(live, 'agent_thought_chunk')).toBe('A file is needed.');
    expect(textOf(live, 'user_message_chunk')).toBe('');
    expect(await scene.real.readFile('acp.txt')).toBe('hello\n');

    await withEditor({}, async ({ agent, updates }) => {
      await agent.request(methods.agent.session.load, { sessionId, cwd, mcpServers: [] });
      expect(textOf(updates, 'user_message_chunk')).toBe('greet me');
      expect(textOf(updates, 'agent_message_chunk')).toBe('I write it.Done.');
      const shown = updates.filter(({ sessionUpdate }) => sessionUpdate === 'tool_call');
      expect(shown).toMatchObject([
        { status: 'completed', kind: 'edit', content: [{ type: 'diff' }] },
        {
          status: 'completed',
          kind: 'execute',
          content: [{ content: { text: expect.stringContaining('hello') } }],
        },
      ]);
      const { sessions } = await agent.request(methods.agent.session.list, { cwd });
      expect(sessions[0]).toMatchObject({ sessionId, cwd, title: 'greet me' });
    });
  });

  it('remembers what the person always allows, and tells of calls that are denied', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({
      rules: script(
        'twice',
        [calls('run_command', { command: 'echo one' })],
        [calls('run_command', { command: 'echo two' })],
        [calls('write_file', { path: 'denied.txt', content: '' })],
        [says('Over.')],
      ),
    });
    const decide = (request: RequestPermissionRequest) =>
      select(request, request.toolCall.kind === 'edit' ? 'deny' : 'approve tool conversation');
    await withEditor({ decide }, async ({ agent, updates, permissions }) => {
      const { sessionId } = await agent.request(methods.agent.session.new, { cwd, mcpServers: [] });
      await say(agent, sessionId, 'twice');
      expect(permissions).toHaveLength(2);
      const ends = updates.flatMap((update) =>
        update.sessionUpdate === 'tool_call_update' && /completed|failed/.test(update.status ?? '')
          ? [update.status]
          : [],
      );
      expect(ends).toEqual(['completed', 'completed', 'failed']);
    });
    await expect(scene.real.readFile('denied.txt')).rejects.toThrow('ENOENT');
  });

  it('cancels a turn, also one that waits for a permission', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({
      rules: script('wait', [calls('run_command', { command: 'echo begun > acp-begun.txt; sleep 600' })]),
    });
    const never = () => new Promise<RequestPermissionResponse>(() => undefined);
    await withEditor({ decide: never }, async ({ agent, permissions }) => {
      const { sessionId } = await agent.request(methods.agent.session.new, { cwd, mcpServers: [] });
      const first = say(agent, sessionId, 'wait');
      await eventually(() => permissions.length).toBe(1);
      await agent.notify(methods.agent.session.cancel, { sessionId });
      expect(await first).toEqual({ stopReason: 'cancelled' });

      await agent.request(methods.agent.session.setMode, { sessionId, modeId: 'auto' });
      const second = say(agent, sessionId, 'wait again');
      await scene.real.waitForFile('acp-begun.txt');
      await agent.notify(methods.agent.session.cancel, { sessionId });
      expect(await second).toEqual({ stopReason: 'cancelled' });
      expect(permissions).toHaveLength(1);
    });
  });

  it('takes a permission back that is given elsewhere', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({
      rules: script('elsewhere', [calls('run_command', { command: 'echo one' })], [says('Over.')]),
    });
    const never = () => new Promise<RequestPermissionResponse>(() => undefined);
    await withEditor({ decide: never }, async ({ agent, permissions, updates }) => {
      const { sessionId } = await agent.request(methods.agent.session.new, { cwd, mcpServers: [] });
      const turn = say(agent, sessionId, 'elsewhere');
      await eventually(() => permissions.length).toBe(1);
      const { items } = await scene.real.ask('GET', '/api/approvals?status=pending');
      await scene.real.ask('POST', `/api/approvals/${items[0].id}`, { decision: 'approve' });
      expect(await turn).toEqual({ stopReason: 'end_turn' });
      expect(textOf(updates, 'agent_message_chunk')).toBe('Over.');
    });
  });

  it('tells what is wrong in the words of the protocol', async () => {
    const scene = await getScene();
    scene.real.llm.setScript({ rules: [{ reply: { error: { status: 401, message: 'no such key' } } }] });
    await withEditor({ env: { PODEX_TOKEN: `pdx_${'x'.repeat(43)}` } }, async ({ agent }) => {
      const refused = { code: -32_000, message: expect.stringContaining('podex login') };
      const begin = agent.request(methods.agent.session.new, { cwd, mcpServers: [] });
      await expect(begin).rejects.toMatchObject(refused);
      const methodId = 'podex-login';
      await expect(agent.request(methods.agent.authenticate, { methodId })).rejects.toMatchObject(refused);
    });
    await withEditor({ words: ['--workspace', 'shop'] }, async ({ agent }) => {
      expect(await agent.request(methods.agent.authenticate, { methodId: 'podex-login' })).toEqual({});
      const gone = { sessionId: 'cnv_x', cwd, mcpServers: [] };
      await expect(agent.request(methods.agent.session.load, gone)).rejects.toMatchObject({ code: -32_002 });
      const { sessionId } = await agent.request(methods.agent.session.new, { cwd, mcpServers: [] });
      const failed = say(agent, sessionId, 'try');
      await expect(failed).rejects.toMatchObject({ message: expect.stringContaining('no such key') });
      const image = [{ type: 'image' as const, data: '', mimeType: 'image/png' }];
      const shown = agent.request(methods.agent.session.prompt, { sessionId, prompt: image });
      await expect(shown).rejects.toMatchObject({ code: -32_602 });
      const mode = agent.request(methods.agent.session.setMode, { sessionId, modeId: 'wild' });
      await expect(mode).rejects.toMatchObject({ code: -32_602 });
    });
  });
});
