import { newId } from '@podex/contracts/ids';
import { PUBLIC_ROUTES } from '@podex/contracts/openapi';
import { beforeAll, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../testing/agent-worker.ts';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { OPERATION_BODIES } from '../../testing/operation-bodies.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';
import { POLICY } from '../http/policy.ts';

const QUERIES: Readonly<Record<string, string>> = { search: '?q=x' };

const guarded = PUBLIC_ROUTES.filter((route) => POLICY[route.operationId]?.access !== 'anyone');

describe('who may reach what', () => {
  const api = setUpApi();
  let owner: TestUser;
  let stranger: TestUser;
  let admin: TestUser;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    owner = await api().signUp();
    stranger = await api().signUp();
    admin = await api().signInAdmin();
    const serverId = await ComputeWorker.registerServer(api());
    const compute = new ComputeWorker(api(), serverId);
    const created = await api().ask('POST', '/api/workspaces?wait_ms=0', {
      as: owner,
      body: { name: 'mine' },
    });
    await compute.step();
    const conversation = await api().ask('POST', `/api/workspaces/${created.body.id}/conversations`, {
      as: owner,
      body: {},
    });
    const path = `/api/conversations/${conversation.body.id}/messages`;
    const message = await api().ask('POST', path, { as: owner, body: { text: 'hello' } });
    const worker = new AgentWorker(api());
    const turn = await worker.claim();
    const call = await worker.startToolStep(turn);
    const invitation = await api().ask('POST', '/api/admin/invitations', {
      as: admin,
      body: { email: 'invited@example.com' },
    });
    const tokens = await api().ask('GET', '/api/tokens', { as: owner });
    const sessions = await api().ask('GET', '/api/sessions', { as: owner });
    Object.assign(ids, {
      workspace_id: created.body.id,
      conversation_id: conversation.body.id,
      turn_id: message.body.turn_id,
      approval_id: await worker.requestApproval(turn, { ...call, firstIndex: 2 }),
      token_id: tokens.body.items[0].id,
      server_id: serverId,
      user_code: 'BCDF-GHJK',
      session_id: sessions.body.items[0].id,
      invitation_id: invitation.body.id,
      terminal_id: newId('terminal'),
      command_id: newId('command'),
      upload_id: newId('upload'),
      secret_name: 'A_SECRET',
    });
  });

  function urlOf(route: (typeof PUBLIC_ROUTES)[number]): string {
    const path = route.path.replaceAll(
      /\{(\w+)\}/g,
      (_match: string, name: string) => ids[name] ?? `no-id-for-${name}`,
    );
    return `${path}${QUERIES[route.operationId] ?? (path.includes('/files') ? '?path=a' : '')}`;
  }

  const ask = (route: (typeof PUBLIC_ROUTES)[number], as?: TestUser) =>
    api().ask(route.method.toUpperCase(), urlOf(route), { as, body: OPERATION_BODIES[route.operationId] });

  it.each(guarded)('$operationId is refused without sign-in', async (route) => {
    const answer = await ask(route);
    expect(answer.status).toBe(401);
    expect(answer.body.error).toMatchObject({ code: 'unauthenticated', request_id: expect.any(String) });
    expect(answer.headers.get('x-request-id')).toBe(answer.body.error.request_id);
  });

  it('is the owner’s to see', async () => {
    for (const path of ['workspaces', 'conversations'] as const) {
      const id = path === 'workspaces' ? ids.workspace_id : ids.conversation_id;
      expect((await api().ask('GET', `/api/${path}/${id}`, { as: owner })).status).toBe(200);
    }
    const listed = await api().ask('GET', '/api/approvals?status=pending', { as: owner });
    expect(listed.body.items.map((item: { id: string }) => item.id)).toEqual([ids.approval_id]);
    expect((await api().ask('GET', '/api/approvals', { as: stranger })).body.items).toEqual([]);
    expect((await api().ask('GET', '/api/workspaces', { as: stranger })).body.items).toEqual([]);
  });

  it('answers unknown routes and malformed ids with the error body', async () => {
    const unknown = await api().ask('GET', '/api/nothing', { as: owner });
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'not_found']);
    const malformed = await api().ask('GET', '/api/workspaces/ws_1', { as: owner });
    expect([malformed.status, malformed.body.error.code]).toEqual([400, 'invalid_request']);
    expect(malformed.body.error.context.issues[0]).toContain('workspace_id');
    const invalid = await api().ask('POST', '/api/workspaces', { as: owner, body: { name: '' } });
    expect([invalid.status, invalid.body.error.code]).toEqual([400, 'invalid_request']);
    const text = await fetch(`${api().baseUrl}/api/workspaces`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' },
      body: '{"name":',
    });
    expect(text.status).toBe(400);
    const large = await api().ask('POST', '/api/workspaces', {
      as: owner,
      body: { name: 'x'.repeat(3_000_000) },
    });
    expect([large.status, large.body.error.code]).toEqual([413, 'too_large']);
  });

  it('keeps services’ routes to services', async () => {
    const headers = { authorization: `Bearer ${admin.token}` };
    const claim = { worker_id: 'x', max: 1, wait_ms: 0 };
    for (const path of ['/internal/workspaces/claim', '/internal/turns/claim', '/internal/admin_token']) {
      expect((await api().ask('POST', path, { headers, body: claim })).status).toBe(404);
      expect((await api().ask('POST', path, { body: claim })).status).toBe(404);
    }
  });
});
