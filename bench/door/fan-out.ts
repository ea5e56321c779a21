import { waitUntil } from '@podex/service-kit/waiting';
import { LiveClient } from '../../services/api/testing/live-client.ts';
import type { Person } from '../../tests/stack/person.ts';
import { type Summary, summarise } from '../statistics.ts';
import { makeToken, type Replica, residentKilobytes, type Scene } from './scene.ts';

/** Below what one token may hold open, and two of them are what one person may. */
const SOCKETS_PER_TOKEN = 50;
const TOKENS_PER_PERSON = 2;
export const SOCKETS_PER_PERSON = SOCKETS_PER_TOKEN * TOKENS_PER_PERSON;
const ARRIVAL_TIMEOUT_MS = 60_000;
const TOPIC = 'servers';

export interface FanOut {
  /** From the request that makes the event until a socket has it, over all sockets and events. */
  each: Summary;
  /** The same for the last socket of each event. */
  last: Summary;
  kilobytesPerSocket: number;
  sockets: number;
}

/** One event to many admins’ live sockets at an api that has done nothing else yet: each request registers a server, which all of them watch. */
export async function measureFanOut(
  scene: Scene,
  api: Replica,
  people: readonly Person[],
  events: number,
): Promise<FanOut> {
  const admins = await scene.makeAdmins(api, people);
  const [author] = admins;
  if (author === undefined) throw new Error('Nobody is there to make an event');
  // The first ones warm the process up; what they cost says nothing of the next.
  const clients = await openSockets(api, author);
  const first = clients.length;
  const before = residentKilobytes(api.process);
  for (const admin of admins.slice(1)) clients.push(...(await openSockets(api, admin)));
  const kilobytesPerSocket = (residentKilobytes(api.process) - before) / (clients.length - first);
  const each: number[] = [];
  const last: number[] = [];
  let failed = 0;
  for (let event = 0; event < events; event += 1) {
    const samplesMs = await timeArrivals(author, clients, event);
    each.push(...samplesMs);
    failed += clients.length - samplesMs.length;
    last.push(Math.max(...samplesMs));
  }
  for (const client of clients) client.close();
  return {
    each: summarise(each, failed),
    last: summarise(last),
    kilobytesPerSocket,
    sockets: clients.length,
  };
}

async function openSockets(api: Replica, admin: Person): Promise<LiveClient[]> {
  const opened: LiveClient[] = [];
  for (let made = 0; made < TOKENS_PER_PERSON; made += 1) {
    const token = await makeToken(admin, 'admin');
    const opening = Array.from({ length: SOCKETS_PER_TOKEN }, () => LiveClient.open(api, token));
    opened.push(...(await Promise.all(opening)));
  }
  for (const client of opened) client.subscribe(TOPIC);
  await waitUntil(async () => opened.every((client) => client.of('subscribed').length === 1) || undefined, {
    timeoutMs: ARRIVAL_TIMEOUT_MS,
    everyMs: 5,
  });
  return opened;
}

/** @returns the time of each socket that the event reached. */
async function timeArrivals(
  author: Person,
  clients: readonly LiveClient[],
  number: number,
): Promise<number[]> {
  const arrivals: number[] = [];
  const onMessage = () => arrivals.push(performance.now());
  for (const { socket } of clients) socket.once('message', onMessage);
  const startedAt = performance.now();
  const { error } = await author.client.POST('/api/admin/servers', {
    body: {
      name: `bench-${number}`,
      // Nobody connects to it: there is no compute.
      hostname: `server-${number}.invalid`,
      docker_port: 2376,
      tls_ca_path: '/etc/podex/ca.pem',
      tls_cert_path: '/etc/podex/cert.pem',
      tls_key_path: '/etc/podex/key.pem',
      total_cpu: 4,
      total_memory_mb: 8_192,
      total_disk_gb: 100,
    },
  });
  if (error !== undefined) throw new Error(`The server was refused: ${JSON.stringify(error)}`);
  // What does not arrive counts as failed.
  await waitUntil(async () => arrivals.length === clients.length || undefined, {
    timeoutMs: ARRIVAL_TIMEOUT_MS,
    everyMs: 5,
  }).catch(() => undefined);
  for (const { socket } of clients) socket.off('message', onMessage);
  return arrivals.map((arrivedAt) => arrivedAt - startedAt);
}
