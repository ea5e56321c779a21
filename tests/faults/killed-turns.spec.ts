import { randomInt } from 'node:crypto';
import { pause } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventProblems } from '../../services/agent/testing/event-checks.ts';
import { type RedisServer, startRedisServer } from '../../services/api/testing/bus/redis-server.ts';
import { type LlmDouble, startLlmDouble } from '../doubles/llm/llm-double.ts';
import { beginConversation, readTurns, say } from '../stack/conversation-actions.ts';
import { LiveClient } from '../stack/live-client.ts';
import { filesOfManySteps, manyStepsScript } from '../stack/many-steps.ts';
import type { Person } from '../stack/person.ts';
import { seededRandom } from '../stack/seeded-random.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, readText } from '../stack/workspace-actions.ts';

/** More of them by hand, and the run of before again by its seed. */
const KILLS = Number(process.env.PODEX_FAULT_KILLS ?? 15);
const SEED = Number(process.env.PODEX_FAULT_SEED ?? randomInt(1_000_000));
const KILL_WITHIN_MS = 1500;
const AWAY_MS_MAX = 1000;
/** Far above the 10 seconds that are promised, for machines that have much else to do; the output tells how long each took. */
const PROGRESS_WITHIN_MS = 60_000;

let model: LlmDouble;
let redis: RedisServer;
let stack: Stack;
let person: Person;
let workspaceId: string;

beforeAll(async () => {
  model = await startLlmDouble({ script: { rules: [] } });
  redis = await startRedisServer();
  stack = await startStack({
    dockerSocket: requireTestEngine(),
    modelUrl: `${model.url}/v1`,
    apiEnvironment: { REDIS_URL: redis.url },
  });
  person = await stack.signUp();
  workspaceId = await createRunningWorkspace(person, 'killed-turns');
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(person, workspaceId);
  await stack?.stop();
  await redis?.stop();
  await model?.stop();
});

interface Part {
  kill(): Promise<void>;
  start(): Promise<void>;
}

function partsOf(): { name: string; part: Part }[] {
  return [
    { name: 'agent', part: stack.agent },
    { name: 'api', part: stack.api },
    { name: 'compute', part: stack.compute },
    { name: 'redis', part: { kill: () => redis.stop(), start: () => redis.start() } },
    { name: 'postgres', part: stack.postgres },
  ];
}

function pick<Item>(items: readonly Item[], share: number): Item {
  const picked = items[Math.floor(share * items.length)];
  if (picked === undefined) throw new Error(`${share} is no share`);
  return picked;
}

/** As a page does: connects again whenever it has lost its connection, after the last event that it saw. */
async function follow(live: LiveClient, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (!live.isOpen) await live.connect().catch(() => undefined);
    await pause(50, signal).catch(() => undefined);
  }
  live.leave();
}

const ENDS = ['turn.completed', 'turn.failed', 'turn.cancelled'];

function endOf(live: LiveClient, turnId: string): string | undefined {
  const ends = live.events.map(({ event }) => event).filter(({ type }) => ENDS.includes(type));
  return ends.find((event) => 'turn_id' in event && event.turn_id === turnId)?.type;
}

/** Milliseconds to the next event of the turn, or to its end if that came while the part was away. */
async function msToProgress(live: LiveClient, turnId: string, what: string): Promise<number> {
  const [seen, since] = [live.lastSeq, performance.now()];
  while (live.lastSeq === seen && endOf(live, turnId) === undefined) {
    if (performance.now() - since > PROGRESS_WITHIN_MS) throw new Error(`no progress after ${what}`);
    await pause(10);
  }
  return Math.round(performance.now() - since);
}

it(`a turn survives ${KILLS} kills of whatever it runs on: every effect once, every event once (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const conversation = await beginConversation(person, workspaceId, 'auto');
  const live = new LiveClient(stack.apiUrl, person.token, `conversation:${conversation}`);
  const over = new AbortController();
  const following = follow(live, over.signal);
  const folders: string[] = [];
  let turnId: string | undefined;
  try {
    for (let kills = 0; kills < KILLS; kills += 1) {
      if (turnId === undefined || endOf(live, turnId) !== undefined) {
        // Not that of a try before.
        const folder = `round-${randomInt(1_000_000_000)}`;
        folders.push(folder);
        model.setScript(manyStepsScript(folder));
        turnId = await say(person, conversation, folder);
        await live.waitFor('step.started');
      }
      await pause(random() * KILL_WITHIN_MS);
      const { name, part } = pick(partsOf(), random());
      await part.kill();
      await pause(random() * AWAY_MS_MAX);
      await part.start();
      const what = `kill ${kills + 1}, of ${name}, in ${folders.at(-1)}, seed ${SEED}`;
      console.log(`${what}: went on after ${await msToProgress(live, turnId, what)} ms`);
    }
    while (turnId !== undefined && endOf(live, turnId) === undefined) {
      await msToProgress(live, turnId, `all kills, seed ${SEED}`);
    }
  } finally {
    over.abort();
    await following;
  }
  const events = live.events.map(({ event }) => event);
  expect(events.filter(({ type }) => ENDS.includes(type)).map(({ type }) => type)).toEqual(
    folders.map(() => 'turn.completed'),
  );
  const turns = Map.groupBy(events, (event) => ('turn_id' in event ? event.turn_id : undefined));
  expect([...turns.values()].flatMap(eventProblems)).toEqual([]);
  for (const [path, content] of folders.flatMap((folder) => [...filesOfManySteps(folder)])) {
    expect(`${path}: ${await readText(person, workspaceId, path)}`).toBe(`${path}: ${content}`);
  }
  expect(live.isBroken).toBe(false);
  const newest = await readTurns(person, conversation);
  expect(live.transcript.turns.slice(-newest.length)).toEqual(newest);
  const again = new LiveClient(stack.apiUrl, person.token, `conversation:${conversation}`);
  await again.connect();
  await again.waitForSeq(live.lastSeq);
  again.leave();
  expect(again.isBroken).toBe(false);
  expect(again.transcript).toEqual(live.transcript);
}, 600_000);
