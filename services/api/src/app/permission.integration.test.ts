import { PUBLIC_ROUTES } from '@podex/contracts/openapi';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cast, type Person } from '../../testing/cast.ts';
import { ComputeDouble } from '../../testing/compute-double.ts';
import { eventually } from '../../testing/eventually.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { openSocket } from '../../testing/open-connections.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { TestApi } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';
import { MESSAGES, POLICY, type Policy } from '../http/policy.ts';

const postgres = setUpPostgres();
let compute: ComputeDouble;
let api: TestApi;
let cast: Cast;

beforeAll(async () => {
  const databaseUrl = await postgres().createDatabase();
  compute = await ComputeDouble.start();
  api = await TestApi.start({ databaseUrl, computeUrl: compute.url });
  await api.changeSettings({ max_workspaces_per_team: 1000, max_running_workspaces_per_team: 1000 });
  cast = await Cast.gather(api);
  await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
  const made = await api.ask('POST', '/api/tokens', { as: cast.owner, body: { name: 'expired' } });
  await database.db
    .updateTable('token')
    .set({ expires_at: new Date(0) })
    .where('id', '=', made.body.id)
    .execute();
  cast.add({ name: 'an expired token', token: made.body.secret, isOver: true });
}, 60_000);
afterAll(async () => {
  await api?.stop();
  await compute?.stop();
});

type Verdict = 'in' | 401 | 403 | 404;

/** From the least to the most, as the contracts describe them. */
const RELATIONS = ['viewer', 'terminal', 'editor', 'owner'];
const TEAM_ROLES = ['viewer', 'member', 'admin', 'owner'];

/** What a row of the table says of a person, told apart from how api comes to it. */
function expected(policy: Policy, person: Person): Verdict {
  if (policy.access === 'anyone') return 'in';
  if (person.token === undefined || person.isOver) return 401;
  if (policy.access === 'admin' && !person.isAdmin) return 403;
  const isInScope = person.isAdmin || policy.scopes.some((scope) => person.scopes.includes(scope));
  if (!isInScope) return 403;
  const namesWorkspace = policy.relation !== undefined && policy.relation.to !== 'team';
  if (person.isLimited && !policy.forLimited && !namesWorkspace) return 403;
  if (policy.relation === undefined) return 'in';
  if (policy.relation.to === 'team') {
    if (person.isAdmin) return 'in';
    return atLeast(TEAM_ROLES, person.teamRole, policy.relation.atLeast);
  }
  return atLeast(RELATIONS, person.relation, policy.relation.atLeast);
}

function atLeast(order: string[], held: string | undefined, needed: string): Verdict {
  if (held === undefined) return 404;
  return order.indexOf(held) >= order.indexOf(needed) ? 'in' : 403;
}

type Route = (typeof PUBLIC_ROUTES)[number];

/** Ends the credential that asks; what it does for each is tried in token-parents.integration.test.ts. */
const ENDS_ITS_CALLER = 'deleteCurrentToken';

const QUERIES: Readonly<Record<string, string>> = { search: '?q=x' };

function urlOf(route: Route): string {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_match: string, name: string) => {
    const id = cast.ids[name];
    if (id === undefined) throw new Error(`the cast has no ${name}`);
    return id;
  });
  return `${path}${QUERIES[route.operationId] ?? (path.includes('/files') ? '?path=a' : '')}`;
}

/**
 * What came of a request. One that would change something is let in and then refused for its body, which api’s own routes look at
 * after permission: the scene stays as it is. What a DELETE removes is made again.
 */
async function verdictOf(route: Route, person: Person): Promise<{ verdict: Verdict; shown: string }> {
  const method = route.method.toUpperCase();
  const takesBody = method !== 'GET' && method !== 'DELETE';
  const response = await fetch(`${api.baseUrl}${urlOf(route)}`, {
    method,
    headers: {
      ...(person.token === undefined ? {} : { authorization: `Bearer ${person.token}` }),
      ...(takesBody ? { 'content-type': 'text/plain' } : {}),
    },
    ...(takesBody ? { body: 'not JSON' } : {}),
  });
  // Only the head of a stream that has no end.
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  if (isStream) await response.body?.cancel();
  const shown = isStream ? '' : await response.text();
  const code = /"code":"(\w+)"/.exec(shown)?.[1] ?? '';
  const { status } = response;
  const isHidden = status === 404 && HIDDEN.has(code) && code === hiddenBy(route);
  if (method === 'DELETE' && status < 300) await cast.restore(route.operationId);
  return { verdict: status === 401 || status === 403 ? status : isHidden ? 404 : 'in', shown };
}

const HIDDEN = new Set([
  'workspace_not_found',
  'conversation_not_found',
  'turn_not_found',
  'approval_not_found',
  'team_not_found',
]);

function hiddenBy(route: Route): string | undefined {
  const policy = POLICY[route.operationId];
  const to = policy !== undefined && policy.access !== 'anyone' ? policy.relation?.to : undefined;
  return to && `${to}_not_found`;
}

describe('every operation', () => {
  it.each(PUBLIC_ROUTES)('$operationId is open to whom the table says, and to nobody else', async (route) => {
    const policy = POLICY[route.operationId];
    if (policy === undefined) throw new Error(`${route.operationId} has no row in the policy table`);
    const wanted: Record<string, Verdict> = {};
    const found: Record<string, Verdict> = {};
    for (const person of cast.people) {
      const verdict = expected(policy, person);
      if (verdict === 'in' && route.operationId === ENDS_ITS_CALLER) continue;
      wanted[person.name] = verdict;
      found[person.name] = (await verdictOf(route, person)).verdict;
    }
    expect(found).toEqual(wanted);
  });
});

describe('every message of the live socket', () => {
  const topics = {
    workspace: () => `workspace:${cast.ids.workspace_id}`,
    conversation: () => `conversation:${cast.ids.conversation_id}`,
    servers: () => 'servers',
  };

  it.each(['workspace', 'conversation', 'servers'] as const)('subscribe %s', async (kind) => {
    const wanted: Record<string, string> = {};
    const found: Record<string, string> = {};
    for (const person of cast.people) {
      if (person.token === undefined || expected(POLICY.openLive as Policy, person) !== 'in') continue;
      const verdict = expected(MESSAGES[`live.subscribe ${kind}`], person);
      wanted[person.name] =
        verdict === 'in' ? 'subscribed' : verdict === 403 ? 'forbidden' : `${kind}_not_found`;
      found[person.name] = await subscribe(person.token, topics[kind]());
    }
    expect(Object.keys(found).length).toBeGreaterThan(8);
    expect(found).toEqual(wanted);
  });

  it('subscribe user, which is one’s own alone', async () => {
    expect(await subscribe(cast.owner.token, `user:${cast.owner.id}`)).toBe('subscribed');
    const other = cast.people.find((person) => person.name === 'a member of the team');
    expect(await subscribe(String(other?.token), `user:${cast.owner.id}`)).toBe('user_not_found');
    const limited = cast.people.find((person) => person.name === 'a token for another workspace');
    expect(await subscribe(String(limited?.token), `user:${cast.owner.id}`)).toBe('forbidden');
  });

  async function subscribe(token: string, topic: string): Promise<string> {
    const client = await LiveClient.open(api, { token });
    client.subscribe(topic);
    await eventually(() => client.frames.length).toBeGreaterThan(0);
    client.close();
    const [frame] = client.frames;
    return frame?.type === 'error' ? frame.code : String(frame?.type);
  }
});

describe('every message of a terminal', () => {
  it('is passed on for whom the table says: what api signs for the others only shows it', async () => {
    const path = `/api/workspaces/${cast.ids.workspace_id}/terminals/${cast.ids.terminal_id}/attach`;
    const wanted: Record<string, string> = {};
    const found: Record<string, string> = {};
    for (const person of cast.people) {
      if (person.token === undefined || expected(POLICY.attachTerminal as Policy, person) !== 'in') continue;
      const mayType = (['terminal.input', 'terminal.resize'] as const).map(
        (message) => expected(MESSAGES[message], person) === 'in',
      );
      wanted[person.name] = mayType.every(Boolean) ? 'write' : 'read';
      const opened = await openSocket(person.name, api, path, { authorization: `Bearer ${person.token}` });
      const sent = compute.upgrades.at(-1)?.headers.authorization ?? '';
      found[person.name] = String(decodeJwt(sent.replace('Bearer ', '')).access);
      opened.cut();
    }
    expect(new Set(Object.values(wanted))).toEqual(new Set(['read', 'write']));
    expect(found).toEqual(wanted);
  });
});
