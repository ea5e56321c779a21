import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { startRedisServer } from '../services/api/testing/bus/redis-server.ts';
import { measureFanOut, SOCKETS_PER_PERSON } from './door/fan-out.ts';
import { countStatements, measureListing } from './door/listing.ts';
import { measureRevocations } from './door/revocation.ts';
import { Scene } from './door/scene.ts';
import { measureSignIns } from './door/sign-in.ts';
import { type Summary, summarise } from './statistics.ts';

/**
 * `node bench/door.ts [--quick] [--sockets 5000]`: measures api alone, as processes over a PostgreSQL of its own, and prints Markdown
 * tables for docs/benchmarks.md. Needs no Docker; `redis-server` must be on PATH.
 */
const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, sockets: { type: 'string', default: '1000' } },
});
const rounds = (full: number, quick: number) => (values.quick ? quick : full);
const sockets = values.quick ? 2 * SOCKETS_PER_PERSON : Number(values.sockets);

const GOALS = { shareOfRaw: 0.3, statements: 2, revocationMs: 2_000 };
const REPLICAS = 3;

interface Row {
  name: string;
  ours: Summary;
  raw?: Summary;
}
const rows: Row[] = [];
const figures: string[] = [];

await measureOneApi();
await measureReplicas();
print();

async function measureOneApi(): Promise<void> {
  await using scene = await Scene.set();
  const api = await scene.startApi();

  const listing = await measureListing(scene, api, rounds(7, 1));
  const { ours, bytes, rows: bareRows } = listing;
  rows.push(
    {
      name: 'List of 200 of 1,000 workspaces, against a bare route of the same bytes (ms)',
      ours: ours.times,
      raw: bytes.times,
    },
    {
      name: 'The same, against a bare route that reads the same rows (ms)',
      ours: ours.times,
      raw: bareRows.times,
    },
  );
  const share = ours.perSecond / bytes.perSecond;
  const shareOfP99 = bytes.times.p99 / ours.times.p99;
  figures.push(
    `Lists a second, ${fixed(listing.bodyBytes / 1_024)} KB each: ${fixed(ours.perSecond)}, against ${fixed(bytes.perSecond)} of the same bytes: ` +
      `${share.toFixed(2)} of it. ${atLeast(share, GOALS.shareOfRaw)}`,
    `p99 of the same bytes over p99 of the list: ${shareOfP99.toFixed(2)}. ${atLeast(shareOfP99, GOALS.shareOfRaw)}`,
    `Against ${fixed(bareRows.perSecond)} a second of the bare route that reads the same rows: ${(ours.perSecond / bareRows.perSecond).toFixed(2)} of it; ` +
      `p99 ${(bareRows.times.p99 / ours.times.p99).toFixed(2)}`,
    `Processor time a list, without PostgreSQL’s: api ${fixed(ours.processorMs)} ms, the same bytes ${fixed(bytes.processorMs)} ms, the same rows ${fixed(bareRows.processorMs)} ms`,
  );
  const statements = summarise(await countStatements(scene));
  figures.push(
    `SQL statements a list: p50 ${statements.p50}, p99 ${statements.p99}. ${atMost(statements.p50, GOALS.statements)}`,
  );

  const people = await scene.signUp(api, Math.max(rounds(50, 5), Math.ceil(sockets / SOCKETS_PER_PERSON)));
  const signIns = await measureSignIns(api, people, rounds(4, 1));
  rows.push({ name: 'Sign-in, two at a time, against the password hash alone (ms)', ...signIns.times });
  figures.push(
    `Sign-ins a second: ${fixed(signIns.perSecond.ours)} against ${fixed(signIns.perSecond.raw)} hashes alone: ` +
      `${(signIns.perSecond.ours / signIns.perSecond.raw).toFixed(2)} of it`,
  );

  await api.process.stop();
  const fresh = await scene.startApi();
  const audience = people.slice(0, Math.ceil(sockets / SOCKETS_PER_PERSON));
  const fanOut = await measureFanOut(scene, fresh, audience, rounds(10, 3));
  const count = fanOut.sockets.toLocaleString('en');
  rows.push({ name: `One event to each of ${count} live sockets (ms)`, ours: fanOut.each });
  rows.push({ name: `One event to the last of ${count} live sockets (ms)`, ours: fanOut.last });
  figures.push(`Memory of api for each live socket: ${fixed(fanOut.kilobytesPerSocket)} KB (RSS)`);
}

async function measureReplicas(): Promise<void> {
  await using scene = await Scene.set();
  await using stack = new AsyncDisposableStack();
  const redis = await startRedisServer();
  stack.defer(() => redis.stop());
  const replicas = await Promise.all(
    Array.from({ length: REPLICAS }, () => scene.startApi({ REDIS_URL: redis.url })),
  );
  const { times, connections, endedWrongly } = await measureRevocations(scene, replicas, rounds(50, 5));
  rows.push({ name: 'Revoked token to its last closed connection (ms)', ours: times });
  figures.push(
    `Revocation, the slowest of ${times.count}, with ${connections} live sockets and event streams on ${REPLICAS} replicas: ` +
      `${fixed(times.max)} ms. ${atMost(times.failed === 0 ? times.max : Number.POSITIVE_INFINITY, GOALS.revocationMs)}`,
    `Connections that ended although their token was good: ${endedWrongly}`,
  );
}

function print(): void {
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}, Node ${process.version}\n`,
  );
  console.log('| Measure | Podex p50 / p95 / p99 | Raw p50 / p95 / p99 | Ratio p50 | Success |');
  console.log('|---|---|---|---|---|');
  for (const { name, ours, raw } of rows) {
    const against = raw === undefined ? ' | ' : `${line(raw)} | ${(ours.p50 / raw.p50).toFixed(2)}`;
    console.log(`| ${name} | ${line(ours)} | ${against} | ${ours.count - ours.failed} of ${ours.count} |`);
  }
  console.log(`\n${figures.map((figure) => `- ${figure}`).join('\n')}`);
}

function line({ p50, p95, p99 }: Summary): string {
  return [p50, p95, p99].map(fixed).join(' / ');
}

function fixed(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0);
}

function atLeast(value: number, goal: number): string {
  return `Goal at least ${goal}: ${value >= goal ? 'met' : 'MISSED'}`;
}

function atMost(value: number, goal: number): string {
  return `Goal at most ${goal}: ${value <= goal ? 'met' : 'MISSED'}`;
}
