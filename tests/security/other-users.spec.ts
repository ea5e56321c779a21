import { randomUUID } from 'node:crypto';
import { newId } from '@podex/contracts/ids';
import { PUBLIC_ROUTES } from '@podex/contracts/openapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LlmDouble, startLlmDouble } from '../doubles/llm/llm-double.ts';
import { beginConversation, say } from '../stack/conversation-actions.ts';
import { LiveClient } from '../stack/live-client.ts';
import type { Person } from '../stack/person.ts';
import { editReadmeScript } from '../stack/scripts.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { TerminalClient } from '../stack/terminal-client.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  beginUpload,
  createRunningWorkspace,
  deleteWorkspace,
  openTerminal,
  runToEnd,
  writeText,
} from '../stack/workspace-actions.ts';

const GIT_COMMAND = { path: '.', command_id: newId('command') };
const GIT_BODIES = {
  stageGitChanges: { path: '.', files: ['README.md'] },
  unstageGitChanges: { path: '.', files: ['README.md'] },
  discardGitChanges: { path: '.', files: ['README.md'] },
  commitGitChanges: { ...GIT_COMMAND, message: 'Owned' },
  pushGitBranch: GIT_COMMAND,
  pullGitBranch: GIT_COMMAND,
  fetchGitRemotes: GIT_COMMAND,
  checkOutGitBranch: { ...GIT_COMMAND, branch: 'owned' },
  stashGitChanges: { ...GIT_COMMAND, do: 'push' },
  abortGitOperation: { ...GIT_COMMAND, operation: 'merge' },
};

let model: LlmDouble;
let stack: Stack;
let owner: Person;
let stranger: Person;
const ids: Record<string, string> = {};

beforeAll(async () => {
  model = await startLlmDouble({ script: editReadmeScript });
  stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1` });
  owner = await stack.signUp();
  stranger = await stack.signUp();
  const workspaceId = await createRunningWorkspace(owner, 'private');
  await writeText(owner, workspaceId, 'README.md', '# Hello\n');
  const commandId = newId('command');
  await runToEnd(owner, workspaceId, 'echo private', commandId);
  const conversationId = await beginConversation(owner, workspaceId, 'ask');
  const live = new LiveClient(stack.apiUrl, owner.token, `conversation:${conversationId}`);
  await live.connect();
  const turnId = await say(owner, conversationId, 'greet');
  await live.waitFor('turn.waiting');
  live.leave();
  const approvals = await owner.client.GET('/api/approvals', { params: { query: { status: 'pending' } } });
  const tokens = await owner.client.GET('/api/tokens');
  const team = await owner.client.POST('/api/teams', { body: { name: 'A team' } });
  Object.assign(ids, {
    workspace_id: workspaceId,
    command_id: commandId,
    upload_id: await beginUpload(owner, workspaceId),
    checkpoint_id: newId('checkpoint'),
    port: '5173',
    terminal_id: await openTerminal(owner, workspaceId),
    conversation_id: conversationId,
    turn_id: turnId,
    approval_id: approvals.data?.items[0]?.id,
    token_id: tokens.data?.items[0]?.id,
    server_id: newId('server'),
    secret_name: 'A_SECRET',
    team_id: team.data?.id,
    user_id: newId('user'),
    session_id: randomUUID(),
    ssh_key_id: newId('sshKey'),
    git_ssh_key_id: newId('gitSshKey'),
    rule_id: newId('rule'),
    user_code: 'BCDF-GHJK',
  });
});

afterAll(async () => {
  if (ids.workspace_id) await deleteWorkspace(owner, ids.workspace_id);
  await stack?.stop();
  await model?.stop();
});

const routesWithIds = PUBLIC_ROUTES.filter(
  (route) => /\{(?!(secret_name|git_host)\})/.test(route.path) && !route.path.startsWith('/api/admin/'),
);

function requestTo(route: (typeof PUBLIC_ROUTES)[number], token: string): Promise<Response> {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_whole: string, name: string) => ids[name] ?? 'missing');
  const query = new URLSearchParams({ path: 'README.md', q: 'Hello', wait_ms: '0' });
  const hasBody = ['post', 'put', 'patch'].includes(route.method);
  return fetch(`${stack.apiUrl}${path}?${query}`, {
    method: route.method.toUpperCase(),
    headers: { authorization: `Bearer ${token}`, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
    ...(hasBody ? { body: JSON.stringify(bodyFor(route.operationId)) } : {}),
  });
}

/** Bodies that are right, so that only the owner stands between the stranger and the thing. */
function bodyFor(operationId: string | undefined): unknown {
  const bodies: Record<string, unknown> = {
    editFile: { path: 'README.md', old_text: 'Hello', new_text: 'Owned' },
    previewEdit: { path: 'README.md', old_text: 'Hello', new_text: 'Owned' },
    previewReplace: { q: 'Hello', replacement: 'Owned', paths: ['README.md'] },
    replaceInFiles: { q: 'Hello', replacement: 'Owned', files: [{ path: 'README.md', etag: '*' }] },
    moveFile: { from: 'README.md', to: 'stolen.md' },
    makeDirectory: { path: 'owned' },
    trashFile: { path: 'README.md' },
    restoreFile: { trash_id: 'README.md' },
    createUpload: { path: 'owned', size: 5 },
    ...GIT_BODIES,
    runCommand: { command: 'echo owned' },
    createTerminal: { cols: 80, rows: 24 },
    setWorkspaceSecret: { value: 'stolen' },
    createConversation: { mode: 'auto' },
    createMessage: { text: 'hello' },
    resolveApproval: { decision: 'approve' },
    createConversationRule: { effect: 'allow', tool: 'run_command' },
    createWorkspaceRule: { effect: 'allow', tool: 'run_command' },
    decideDeviceRequest: { decision: 'approve' },
    acceptGitHostKey: { fingerprint: 'SHA256:none' },
  };
  return bodies[operationId ?? ''] ?? {};
}

describe('a stranger who knows the ids', () => {
  it.each(routesWithIds.map((route) => [route.operationId, route] as const))(
    'is told 404 by %s',
    async (_name, route) => {
      const response = await requestTo(route, stranger.token);
      expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('_not_found')]);
    },
  );

  it('cannot attach to a terminal', async () => {
    const terminal = new TerminalClient(
      stack.apiUrl,
      stranger.token,
      ids.workspace_id ?? '',
      ids.terminal_id ?? '',
    );
    await expect(terminal.attach()).rejects.toThrow('HTTP 404');
  });

  it.each(['workspace', 'conversation'])('cannot listen to a %s', async (kind) => {
    const live = new LiveClient(stack.apiUrl, stranger.token, `${kind}:${ids[`${kind}_id`]}`);
    await live.connect();
    await live.waitForFrame('error');
    expect(live.events).toEqual([]);
    live.leave();
  });

  it('sees none of it in lists, and the owner’s file is as it was', async () => {
    expect((await stranger.client.GET('/api/workspaces')).data?.items).toEqual([]);
    expect((await stranger.client.GET('/api/approvals')).data?.items).toEqual([]);
    const { output } = await runToEnd(owner, ids.workspace_id ?? '', 'cat README.md; ls');
    expect(output).toContain('# Hello');
    expect(output).not.toContain('stolen');
  });
});

describe('someone without a sign-in', () => {
  const guarded = PUBLIC_ROUTES.filter((route) => route.security !== undefined);

  it.each(guarded.map((route) => [route.operationId, route] as const))(
    'is told 401 by %s',
    async (_name, route) => {
      const response = await requestTo(route, 'pdx_not_a_token');
      expect(response.status).toBe(401);
    },
  );

  it('cannot use compute or the internal routes', async () => {
    const attempts = [
      [`${stack.computeUrl}/workspaces/${ids.workspace_id}/files?path=/`, 401],
      [`${stack.apiUrl}/internal/servers`, 404],
    ] as const;
    for (const [url, status] of attempts) {
      for (const token of ['wrong', owner.token]) {
        const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
        expect([url, response.status]).toEqual([url, status]);
      }
    }
  });
});

describe('a user who is no administrator', () => {
  const admin = PUBLIC_ROUTES.filter((route) => route.path.startsWith('/api/admin/'));

  it.each(admin.map((route) => [route.operationId, route] as const))(
    'is told 403 by %s',
    async (_name, route) => {
      const response = await requestTo(route, stranger.token);
      expect(response.status).toBe(403);
    },
  );
});

describe('a page of another origin', () => {
  it('cannot use a session, neither for requests nor for the live socket', async () => {
    const signIn = await fetch(`${stack.apiUrl}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: stack.webUrl },
      body: JSON.stringify({ email: owner.email, password: owner.password }),
    });
    const cookie = signIn.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const attempt = (origin: string) =>
      fetch(`${stack.apiUrl}/api/workspaces/${ids.workspace_id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', origin, cookie },
        body: JSON.stringify({ name: 'renamed' }),
      });
    expect((await attempt('https://evil.example')).status).toBe(403);
    expect((await attempt(stack.webUrl)).status).toBe(200);
  });
});

describe('the workspace', () => {
  it('holds no key of the platform: not in its environment, processes or files of root', async () => {
    const look = 'env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr "\\0" "\\n"';
    const { output } = await runToEnd(owner, ids.workspace_id ?? '', look);
    for (const key of Object.values(stack.internalKeys)) expect(output).not.toContain(key);
    expect(output).not.toMatch(/API_KEY|INTERNAL_SERVICE_TOKEN|DATABASE_URL/);
  });

  it('keeps the daemon’s socket and journal from its user', async () => {
    const { output } = await runToEnd(
      owner,
      ids.workspace_id ?? '',
      'ls /run/podex /var/lib/podex 2>&1; true',
    );
    expect(output.match(/Permission denied/g)).toHaveLength(2);
    const attempt = owner.client.GET('/api/workspaces/{workspace_id}/files', {
      params: { path: { workspace_id: ids.workspace_id ?? '' }, query: { path: '/var/lib/podex' } },
    });
    await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/forbidden|file_not_found/) });
  });
});
