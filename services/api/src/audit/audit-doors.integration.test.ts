import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { LiveClient } from '../../testing/live-client.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { PAGE_ORIGIN } from '../../testing/test-api.ts';

describe('a WebSocket handshake that is refused with 403', () => {
  const api = setUpApi();
  const newestDenied = async (actor: string) => {
    const as = await api().signInAdmin();
    const path = `/api/admin/audit?action=request.denied&limit=1${actor}`;
    return (await api().ask('GET', path, { as })).body.items[0];
  };
  const refused = (path: string, headers: Record<string, string>) =>
    LiveClient.refusal(api().baseUrl.replace('http', 'ws') + path, { 'user-agent': 'a test', ...headers });

  it('is written into the audit log: a token of too little scope', async () => {
    const user = await api().signUp();
    const body = { name: 'narrow', scopes: ['account'] };
    const made = await api().ask('POST', '/api/tokens', {
      headers: { cookie: user.cookie, origin: PAGE_ORIGIN },
      body,
    });
    expect([made.status, made.body.error]).toEqual([201, undefined]);
    const { status } = await refused('/api/live', { authorization: `Bearer ${made.body.secret}` });
    expect(status).toBe(403);
    expect(await newestDenied(`&actor=${user.id}`)).toMatchObject({
      result: 'denied',
      error_code: 'forbidden',
      user_agent: 'a test',
      target: { kind: 'operation', id: 'openLive' },
      credential: { kind: 'token' },
      details: { path: '/api/live' },
    });
  });

  it('and a session that the page of somebody else uses', async () => {
    const user = await api().signUp();
    const path = `/api/workspaces/${newId('workspace')}/terminals/${newId('terminal')}/attach`;
    const { status } = await refused(path, { cookie: user.cookie, origin: 'https://evil.example' });
    expect(status).toBe(403);
    expect(await newestDenied('')).toMatchObject({
      error_code: 'origin_not_allowed',
      target: { kind: 'operation', id: 'attachTerminal' },
      details: { path },
    });
  });
});
