import { PodexError } from '@podex/contracts/errors';
import type { WorkerEvent } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import type { AppendInput, AppendResult } from '@podex/contracts/internal/turns';
import { createLogger } from '@podex/service-kit/logger';
import { afterEach, describe, expect, it } from 'vitest';
import { Lease } from './lease.ts';
import { StepJournal } from './step-journal.ts';
import { isInterruption } from './turn-interruption.ts';
import { TurnsApi } from './turns-api.ts';

const turnId = newId('turn');
const stepId = newId('step');
const ids = { turn_id: turnId, step_id: stepId };
const HELD: AppendResult = { cancel_requested: false, expires_in_ms: 5000, capability: 'first', news: null };

/** Responds to appends by a script, and keeps what it was given. */
class ScriptedApi extends TurnsApi {
  readonly batches: AppendInput[] = [];
  responses: (AppendResult | PodexError)[] = [];

  constructor() {
    super({
      request: () => Promise.reject(new Error('unused')),
      send: () => Promise.reject(new Error('unused')),
    });
  }

  override async append(_id: typeof turnId, input: AppendInput): Promise<AppendResult> {
    this.batches.push(structuredClone(input));
    const response = this.responses.shift() ?? HELD;
    if (response instanceof PodexError) throw response;
    return response;
  }
}

const leases: Lease[] = [];
afterEach(async () => {
  await Promise.all(leases.splice(0).map((lease) => lease.end()));
});

function setUp(nextIndex = 0) {
  const api = new ScriptedApi();
  const turn = {
    turn_id: turnId,
    conversation_id: newId('conversation'),
    workspace_id: newId('workspace'),
    lease_token: 'x'.repeat(20),
    lease_ttl_ms: 5000,
    capability: 'first',
  };
  const lease = new Lease(turn, api, createLogger({ service: 'test', level: 'silent' }));
  leases.push(lease);
  return { api, lease, journal: new StepJournal({ stepId, stepIndex: 0, nextIndex }, lease, api) };
}

const delta = (text: string, part = 'a'): WorkerEvent => ({
  type: 'text.delta',
  ...ids,
  part_id: part,
  text,
});
const away = new PodexError('service_unavailable', 'away', { service: 'api' });

describe('StepJournal', () => {
  it('numbers on from where the step stands and joins pieces of the same part', async () => {
    const { api, journal } = setUp(7);
    await journal.add(delta('a'));
    for (const text of ['b', 'c']) await journal.add(delta(text));
    await journal.add(delta('d', 'other'));
    await journal.flush();
    expect(api.batches.map((batch) => batch.first_index)).toEqual([7, 8]);
    expect(api.batches[1]?.events).toEqual([delta('bc'), delta('d', 'other')]);
    expect(journal.nextIndex).toBe(10);
  });

  it('sends a batch again as it was when api was away', async () => {
    const { api, journal } = setUp();
    api.responses = [away, away];
    await journal.add(delta('a'));
    await journal.add(delta('b'));
    await journal.flush();
    const [first, second, third] = api.batches;
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(api.batches.slice(3).map((batch) => batch.first_index)).toEqual([1]);
  });

  it('brings the response, the events that end it and what waits in one batch', async () => {
    const { api, journal } = setUp();
    await journal.add(delta('a'));
    await journal.add(delta('b'));
    await journal.commit([delta('c', 'other')], [{ type: 'text', text: 'ab' }]);
    expect(api.batches.map((batch) => batch.events)).toEqual([
      [delta('a')],
      [delta('b'), delta('c', 'other')],
    ]);
    expect(api.batches.map((batch) => batch.assistant)).toEqual([undefined, [{ type: 'text', text: 'ab' }]]);
    await journal.add(delta('later'));
    await journal.flush();
    expect(api.batches[2]).toMatchObject({ first_index: 3 });
  });

  it('says no more once the hold is lost', async () => {
    const { api, lease, journal } = setUp();
    api.responses = [new PodexError('lease_lost', 'gone', {})];
    await journal.add(delta('a'));
    await expect(journal.flush()).rejects.toSatisfy((error) => isInterruption(error, 'lease_lost'));
    await expect(journal.add(delta('b'))).rejects.toThrow();
    expect(lease.signal.aborted).toBe(true);
    expect(api.batches).toHaveLength(1);
  });

  it('hears of a cancel in a response', async () => {
    const { api, lease, journal } = setUp();
    api.responses = [{ ...HELD, cancel_requested: true }];
    await journal.add(delta('a'));
    await journal.flush();
    expect(lease.isCancelled).toBe(true);
    expect(lease.lostSignal.aborted).toBe(false);
  });

  it('gives up when the hold runs out while api is away', async () => {
    const { api, lease, journal } = setUp();
    api.responses = [{ ...HELD, expires_in_ms: 0 }, ...Array.from({ length: 50 }, () => away)];
    const shortLease = new Lease(
      { ...lease.turn, lease_ttl_ms: 150 },
      api,
      createLogger({ service: 'test', level: 'silent' }),
    );
    leases.push(shortLease);
    const doomed = new StepJournal({ stepId, stepIndex: 0, nextIndex: 0 }, shortLease, api);
    await doomed.add(delta('a'));
    await doomed.flush();
    await doomed.add(delta('b'));
    await expect(doomed.flush()).rejects.toSatisfy((error) => isInterruption(error, 'lease_lost'));
    expect(journal.nextIndex).toBe(0);
  });
});
