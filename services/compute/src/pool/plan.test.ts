import { newId, type ServerId } from '@podex/contracts/ids';
import { slotStatus } from '@podex/contracts/internal/pool';
import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlannedServer, type PlannedSlot, type PoolState, planPool, type SlotKind } from './plan.ts';

const KIND = { image: 'podex/workspace:latest', size: 'small' } as const;
const CURRENT = { imageId: 'sha256:new', version: 'v2' };
const SERVER_IDS = Array.from({ length: 4 }, () => newId('server'));
const [FIRST, SECOND, THIRD] = SERVER_IDS as [ServerId, ServerId, ServerId, ServerId];
const SIZE = WORKSPACE_SIZES[KIND.size];
const SPARE = WORKSPACE_SIZES.medium;

let count = 0;
function slotOf(fields: Partial<PlannedSlot> = {}): PlannedSlot {
  count += 1;
  return {
    storageKey: `slot-${count}`,
    serverId: FIRST,
    ...KIND,
    status: 'ready',
    isAlive: true,
    ...CURRENT,
    ...fields,
  };
}

function serverOf(fields: Partial<PlannedServer> = {}): PlannedServer {
  return {
    id: FIRST,
    takesWork: true,
    isReachable: true,
    mayFill: true,
    totalCpu: 64,
    totalMemoryMb: 65_536,
    freeCpu: 64,
    freeMemoryMb: 65_536,
    current: CURRENT,
    ...fields,
  };
}

function stateOf(fields: Partial<PoolState> = {}): PoolState {
  return {
    wanted: 2,
    kind: KIND,
    freeWorkspaces: 50,
    slots: [],
    adding: [],
    servers: [serverOf()],
    ...fields,
  };
}

const someServer = (id: ServerId) =>
  fc
    .record({
      takesWork: fc.boolean(),
      isReachable: fc.boolean(),
      mayFill: fc.boolean(),
      freeCpu: fc.integer({ min: 0, max: 64 }),
      freeMemoryMb: fc.integer({ min: 0, max: 32_768 }),
      current: fc.constantFrom(undefined, CURRENT),
    })
    .map((fields) => serverOf({ id, ...fields }));

const someSlot = fc
  .record({
    serverId: fc.constantFrom(...SERVER_IDS),
    status: fc.constantFrom(...slotStatus.options),
    image: fc.constantFrom(KIND.image, 'another:1'),
    isAlive: fc.boolean(),
    version: fc.constantFrom('v1', 'v2'),
  })
  .map((fields) => slotOf(fields));

const someState = fc.record({
  wanted: fc.integer({ min: 0, max: 8 }),
  kind: fc.constant<SlotKind>(KIND),
  freeWorkspaces: fc.integer({ min: 0, max: 20 }),
  slots: fc.array(someSlot, { maxLength: 12 }),
  adding: fc.constant<ServerId[]>([]),
  servers: fc.tuple(...SERVER_IDS.slice(0, 3).map(someServer)),
});

/** Reaches at once what the plan asks for. */
function after(state: PoolState): PoolState {
  let { slots, servers, freeWorkspaces } = state;
  const take = (id: ServerId, sign: 1 | -1) => {
    servers = servers.map((server) =>
      server.id === id
        ? {
            ...server,
            freeCpu: server.freeCpu - sign * SIZE.cpu,
            freeMemoryMb: server.freeMemoryMb - sign * SIZE.memory_mb,
          }
        : server,
    );
    freeWorkspaces -= sign;
  };
  for (const step of planPool(state)) {
    if (step.kind === 'add') {
      slots = [...slots, slotOf({ serverId: step.serverId })];
      take(step.serverId, 1);
    } else if (step.kind === 'fill') {
      slots = slots.map((slot) =>
        slot === step.slot ? { ...slot, ...CURRENT, isAlive: true, status: 'ready' } : slot,
      );
    } else {
      slots = slots.filter((slot) => slot !== step.slot);
      if (step.kind === 'give_up') take(step.slot.serverId, -1);
    }
  }
  return { ...state, slots, servers, freeWorkspaces };
}

describe('planPool, whatever there is', () => {
  it('adds only where there is room to spare, once on a server, and never more than is wanted', () => {
    fc.assert(
      fc.property(someState, (state) => {
        const steps = planPool(state);
        const added = steps.flatMap((step) => (step.kind === 'add' ? [step.serverId] : []));
        expect(new Set(added).size).toBe(added.length);
        for (const id of added) {
          const server = state.servers.find((other) => other.id === id);
          expect(server).toMatchObject({ takesWork: true, isReachable: true, mayFill: true });
          expect(server?.freeMemoryMb).toBeGreaterThanOrEqual(SIZE.memory_mb + SPARE.memory_mb);
          expect(server?.freeCpu).toBeGreaterThanOrEqual(SIZE.cpu + SPARE.cpu);
        }
        const gone = new Set(
          steps.flatMap((step) => ('slot' in step && step.kind !== 'fill' ? [step.slot] : [])),
        );
        const usable = state.slots.filter(
          (slot) =>
            !gone.has(slot) &&
            slot.status !== 'removing' &&
            state.servers.some(({ id, isReachable }) => id === slot.serverId && isReachable),
        );
        if (added.length > 0) expect(usable.length + added.length).toBeLessThanOrEqual(state.wanted);
        expect(added.length).toBeLessThanOrEqual(Math.max(0, state.freeWorkspaces - 1));
      }),
    );
  });

  it('asks for one step of a slot at most, and touches nothing where nothing can be reached', () => {
    fc.assert(
      fc.property(someState, (state) => {
        const touched = planPool(state).flatMap((step) => ('slot' in step ? [step.slot] : []));
        expect(new Set(touched).size).toBe(touched.length);
        for (const { serverId } of touched) {
          expect(state.servers.find(({ id }) => id === serverId)?.isReachable).toBe(true);
        }
      }),
    );
  });

  it('comes to rest, with no more than is wanted where it can act', () => {
    fc.assert(
      fc.property(someState, (state) => {
        let now: PoolState = state;
        for (let round = 0; round < 60 && planPool(now).length > 0; round += 1) now = after(now);
        expect(planPool(now)).toEqual([]);
        const reachable = now.slots.filter(({ serverId }) =>
          now.servers.some(({ id, isReachable }) => id === serverId && isReachable),
        );
        expect(reachable.length).toBeLessThanOrEqual(now.wanted);
      }),
    );
  });
});

describe('planPool', () => {
  it('spreads slots over the servers, then to the one with most room', () => {
    const servers = [
      serverOf({ id: FIRST }),
      serverOf({ id: SECOND, freeMemoryMb: 32_768 }),
      serverOf({ id: THIRD, freeMemoryMb: 16_384 }),
    ];
    const slots = [slotOf({ serverId: FIRST }), slotOf({ serverId: FIRST })];
    expect(planPool(stateOf({ wanted: 4, servers, slots }))).toEqual([
      { kind: 'add', serverId: SECOND },
      { kind: 'add', serverId: THIRD },
    ]);
  });

  it('counts those that are being added, wherever', () => {
    const servers = [serverOf({ id: FIRST, mayFill: false }), serverOf({ id: SECOND })];
    expect(planPool(stateOf({ wanted: 1, servers, adding: [FIRST] }))).toEqual([]);
    expect(planPool(stateOf({ wanted: 2, servers, adding: [FIRST] }))).toEqual([
      { kind: 'add', serverId: SECOND },
    ]);
  });

  it('leaves the last room, and the last workspace that may run, to people', () => {
    const tight = serverOf({ freeMemoryMb: SIZE.memory_mb + SPARE.memory_mb - 1 });
    expect(planPool(stateOf({ servers: [tight] }))).toEqual([]);
    expect(planPool(stateOf({ freeWorkspaces: 1 }))).toEqual([]);
  });

  it('empties a server that takes no work, and leaves one alone that does not respond', () => {
    const slots = [slotOf({ serverId: FIRST }), slotOf({ serverId: SECOND })];
    const servers = [
      serverOf({ id: FIRST, takesWork: false }),
      serverOf({ id: SECOND, isReachable: false, takesWork: false }),
    ];
    expect(planPool(stateOf({ servers, slots }))).toMatchObject([
      { kind: 'give_up', slot: { serverId: FIRST } },
    ]);
  });

  it('replaces old slots one by one, and none while another is on its way', () => {
    const old = [slotOf({ imageId: 'sha256:old' }), slotOf({ version: 'v1' })];
    expect(planPool(stateOf({ slots: old }))).toMatchObject([{ kind: 'give_up', slot: old[0] }]);
    const filling = slotOf({ status: 'filling', imageId: null, version: null });
    expect(planPool(stateOf({ wanted: 3, slots: [...old, filling] }))).toEqual([
      { kind: 'fill', slot: filling },
    ]);
    // The one before has gone, and the row of the next is not there yet.
    expect(planPool(stateOf({ slots: old.slice(1), adding: [FIRST] }))).toEqual([]);
    expect(planPool(stateOf({ slots: old.slice(1) }))).toEqual([{ kind: 'add', serverId: FIRST }]);
    const full = serverOf({ freeMemoryMb: 0 });
    expect(planPool(stateOf({ slots: old, servers: [full] }))).toEqual([]);
  });

  it('gives up what is of another image or has ended, and the old ones first when there are too many', () => {
    const other = slotOf({ image: 'another:1' });
    const ended = slotOf({ isAlive: false });
    const old = slotOf({ version: 'v1' });
    const good = slotOf();
    const given = planPool(stateOf({ wanted: 1, slots: [other, ended, good, old] }));
    expect(given.map((step) => ('slot' in step ? step.slot : undefined))).toEqual([other, ended, old]);
  });
});
