import { waitUntil } from '@podex/service-kit/waiting';
import { LiveClient } from '../../services/api/testing/live-client.ts';
import { openStream } from '../../services/api/testing/open-connections.ts';
import { beginConversation } from '../../tests/stack/conversation-actions.ts';
import type { Person } from '../../tests/stack/person.ts';
import { type Summary, summarise } from '../statistics.ts';
import { makeToken, type Replica, type Scene } from './scene.ts';

const PEOPLE = 5;
/** Far above the promise of two seconds: what is late is measured, what never ends counts as failed. */
const END_TIMEOUT_MS = 10_000;
/** Connections that are younger are left to api’s next look; a page’s are older. */
const SETTLE_MS = 1_000;
const ENDED_CLOSE_CODE = 4401;

export interface Revocations {
  /** From the response to the DELETE until the last connection has ended, in milliseconds. */
  times: Summary;
  connections: number;
  /** Connections that ended although their token was still good. */
  endedWrongly: number;
}

interface Held {
  endedAt: () => number | undefined;
  /** It was told why it ended. */
  isTold: () => boolean;
  cut: () => void;
}

interface Revocable {
  person: Person;
  id: string;
  connections: Held[];
}

/** Tokens with a live socket and an event stream to each replica, deleted one after the other through replicas in turns. */
export async function measureRevocations(
  scene: Scene,
  replicas: readonly Replica[],
  count: number,
): Promise<Revocations> {
  const [first] = replicas;
  if (first === undefined) throw new Error('There is no api');
  const people = await scene.signUp(first, PEOPLE);
  const tokens: Revocable[] = [];
  for (const person of people)
    tokens.push(...(await openTokens(person, replicas, Math.ceil(count / PEOPLE))));
  const openedAt = performance.now();
  await waitUntil(async () => performance.now() - openedAt > SETTLE_MS || undefined, {
    timeoutMs: 2 * SETTLE_MS,
    everyMs: 50,
  });
  const samplesMs: number[] = [];
  let failed = 0;
  let endedWrongly = 0;
  for (const [index, token] of tokens.entries()) {
    const replica = replicas[index % replicas.length] ?? first;
    const lastMs = await revoke(replica, token).catch(() => undefined);
    if (lastMs === undefined) failed += 1;
    else samplesMs.push(lastMs);
    const left = tokens.slice(index + 1).flatMap(({ connections }) => connections);
    endedWrongly = Math.max(endedWrongly, left.filter(({ endedAt }) => endedAt() !== undefined).length);
  }
  const all = tokens.flatMap(({ connections }) => connections);
  for (const { cut } of all) cut();
  return { times: summarise(samplesMs, failed), connections: all.length, endedWrongly };
}

async function openTokens(person: Person, replicas: readonly Replica[], count: number): Promise<Revocable[]> {
  const { data: workspace } = await person.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 0 } },
    body: { name: 'bench' },
  });
  if (workspace === undefined) throw new Error('The workspace was refused');
  const conversation = await beginConversation(person, workspace.id, 'ask');
  const topic = `conversation:${conversation}`;
  const tokens: Revocable[] = [];
  for (let made = 0; made < count; made += 1) {
    const { id, token } = await makeToken(person, 'write');
    const opening = replicas.flatMap((replica) => [
      holdSocket(replica, token, topic),
      holdStream(replica, token, conversation),
    ]);
    tokens.push({ person, id, connections: await Promise.all(opening) });
  }
  return tokens;
}

async function holdSocket(replica: Replica, token: string, topic: string): Promise<Held> {
  const client = await LiveClient.open(replica, { token });
  let endedAt: number | undefined;
  client.socket.on('close', () => {
    endedAt = performance.now();
  });
  client.subscribe(topic);
  return {
    endedAt: () => endedAt,
    isTold: () => client.closeCode === ENDED_CLOSE_CODE,
    cut: () => client.close(),
  };
}

async function holdStream(replica: Replica, token: string, conversation: string): Promise<Held> {
  const path = `/api/conversations/${conversation}/events?after=0`;
  const opened = await openStream('event stream', replica, path, { authorization: `Bearer ${token}` });
  return {
    endedAt: () => opened.endedAt,
    isTold: () => opened.text.includes('event: revoked'),
    cut: () => opened.cut(),
  };
}

/** @returns how long after the response the last connection ended. */
async function revoke(replica: Replica, { person, id, connections }: Revocable): Promise<number> {
  const response = await fetch(`${replica.baseUrl}/api/tokens/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${person.token}` },
  });
  const respondedAt = performance.now();
  if (!response.ok) throw new Error(`The revocation was answered with ${response.status}`);
  await waitUntil(async () => connections.every(({ endedAt }) => endedAt() !== undefined) || undefined, {
    timeoutMs: END_TIMEOUT_MS,
    everyMs: 5,
  });
  if (!connections.every(({ isTold }) => isTold())) throw new Error('A connection ended without a word');
  const last = Math.max(...connections.map(({ endedAt }) => endedAt() ?? Number.POSITIVE_INFINITY));
  return Math.max(0, last - respondedAt);
}
