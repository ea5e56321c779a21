import { newId, type ServerId } from '@podex/contracts/ids';
import { regionMatch } from '@podex/contracts/placement';
import { serverStatus } from '@podex/contracts/servers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { place, SAMPLED_ABOVE } from './place.ts';
import type { PlacementPolicy, PlacementRequest, PlacementServer, Room } from './placement.ts';
import { roomOf } from './room.ts';

const ids: readonly ServerId[] = Array.from({ length: 8 }, () => newId('server'));
const SPREAD: PlacementPolicy = { strategy: 'spread', random: () => 0 };
const PACK: PlacementPolicy = { strategy: 'pack', random: () => 0 };
const NOTHING = new Map<ServerId, Room>();
const SMALL: PlacementRequest = { cpu: 1, memoryMb: 2048, diskGb: 10 };

function serverOf(fields: Partial<PlacementServer> = {}): PlacementServer {
  const id = fields.id ?? newId('server');
  return {
    id,
    name: `server-${id}`,
    status: 'ready',
    reason: null,
    architecture: 'x86_64',
    totalCpu: 8,
    totalMemoryMb: 16_384,
    totalDiskGb: 100,
    reservedCpu: 0,
    reservedMemoryMb: 0,
    reservedDiskGb: 0,
    workspaces: 0,
    ...fields,
  };
}

/** Half of the labels and regions that are asked for are there. */
const someServer: fc.Arbitrary<Partial<PlacementServer>> = fc.record({
  status: fc.oneof(fc.constant('ready' as const), fc.constantFrom(...serverStatus.options)),
  reason: fc.constantFrom(null, 'because'),
  architecture: fc.constantFrom('x86_64', 'aarch64', undefined),
  totalCpu: fc.integer({ min: 1, max: 64 }),
  totalMemoryMb: fc.integer({ min: 1024, max: 131_072 }),
  totalDiskGb: fc.integer({ min: 1, max: 500 }),
  reservedCpu: fc.integer({ min: 0, max: 64 }),
  reservedMemoryMb: fc.integer({ min: 0, max: 131_072 }),
  reservedDiskGb: fc.integer({ min: 0, max: 500 }),
  workspaces: fc.integer({ min: 0, max: 20 }),
  labels: fc.constantFrom(undefined, {}, { disk: 'nvme' }, { disk: 'hdd' }),
  region: fc.constantFrom(undefined, null, 'eu', 'us'),
  hasImage: fc.constantFrom(
    undefined,
    () => true,
    () => false,
  ),
});

const someServers: fc.Arbitrary<PlacementServer[]> = fc
  .array(someServer, { maxLength: ids.length })
  .map((all) => all.map((fields, index) => serverOf({ ...fields, id: ids[index] ?? newId('server') })));

const aLargeFleet: fc.Arbitrary<PlacementServer[]> = fc
  .array(someServer, { minLength: SAMPLED_ABOVE + 1, maxLength: SAMPLED_ABOVE + 60 })
  .map((all) => all.map((fields) => serverOf(fields)));

const someRequest: fc.Arbitrary<PlacementRequest> = fc.record({
  cpu: fc.constantFrom(1, 2, 4),
  memoryMb: fc.constantFrom(2048, 4096, 8192),
  diskGb: fc.constantFrom(10, 20, 40),
  architecture: fc.constantFrom('amd64', 'arm64', undefined),
  image: fc.constantFrom('an-image', undefined),
  labels: fc.constantFrom(undefined, {}, { disk: 'nvme' }, { toString: 'x' }),
  region: fc.option(fc.record({ name: fc.constant('eu'), match: fc.constantFrom(...regionMatch.options) }), {
    nil: undefined,
  }),
  pinnedTo: fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, fc.constantFrom(...ids)),
});

const someTaken = fc
  .array(
    fc.tuple(
      fc.constantFrom(...ids),
      fc.record({ cpu: fc.nat(8), memoryMb: fc.nat(8192), diskGb: fc.nat(80) }),
    ),
    { maxLength: 6 },
  )
  .map((rows) => new Map(rows));

const somePolicy: fc.Arbitrary<PlacementPolicy> = fc.record({
  strategy: fc.constantFrom('spread', 'pack'),
  random: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1 }).map(sourceOf),
});

/** The numbers one after the other, and again from the first. */
function sourceOf(numbers: readonly number[]): () => number {
  let next = 0;
  return () => {
    next += 1;
    return numbers[next % numbers.length] ?? 0;
  };
}

function expectLegal(request: PlacementRequest, server: PlacementServer, room: Room): void {
  const isPinned = request.pinnedTo === server.id;
  expect(server.status === 'ready' || (server.status === 'draining' && isPinned)).toBe(true);
  if (request.architecture === 'amd64') expect(server.architecture).not.toBe('aarch64');
  if (request.architecture === 'arm64') expect(server.architecture).not.toBe('x86_64');
  if (request.pinnedTo !== undefined) {
    expect(isPinned).toBe(true);
    return;
  }
  expect(room.cpu).toBeGreaterThanOrEqual(request.cpu);
  expect(room.memoryMb).toBeGreaterThanOrEqual(request.memoryMb);
  expect(room.diskGb).toBeGreaterThanOrEqual(request.diskGb);
  expect(server.labels ?? {}).toMatchObject({ ...request.labels });
  if (request.region?.match === 'required') expect(server.region).toBe(request.region.name);
}

/** Places as many equal workspaces as asked for. @returns how many each server got. */
function fill(servers: readonly PlacementServer[], count: number, policy: PlacementPolicy): number[] {
  const taken = new Map<ServerId, Room>();
  const got = new Map<ServerId, number>();
  for (let made = 0; made < count; made += 1) {
    const placement = place(SMALL, servers, taken, policy);
    if (placement.kind === 'rejected') break;
    const { id } = placement.server;
    const times = (got.get(id) ?? 0) + 1;
    got.set(id, times);
    taken.set(id, { cpu: SMALL.cpu * times, memoryMb: SMALL.memoryMb * times, diskGb: SMALL.diskGb * times });
  }
  return servers.map(({ id }) => got.get(id) ?? 0);
}

describe('place', () => {
  it('never passes what a server has, and never chooses one that is refused', () => {
    fc.assert(
      fc.property(someRequest, someServers, someTaken, somePolicy, (request, servers, taken, policy) => {
        const placement = place(request, servers, taken, policy);
        if (placement.kind === 'rejected') return;
        expectLegal(request, placement.server, roomOf(placement.server, taken));
      }),
    );
  });

  it('chooses as lawfully from a sample of a large fleet, and finds the only one that will do', () => {
    fc.assert(
      fc.property(someRequest, aLargeFleet, somePolicy, (request, servers, policy) => {
        const placement = place(request, servers, NOTHING, policy);
        const isPossible = servers.some(
          (server) => place(request, [server], NOTHING, policy).kind === 'placed',
        );
        expect(placement.kind).toBe(isPossible ? 'placed' : 'rejected');
        if (placement.kind === 'placed') {
          expectLegal(request, placement.server, roomOf(placement.server, NOTHING));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('refuses only when none will do, with a reason for every server', () => {
    fc.assert(
      fc.property(someRequest, someServers, someTaken, somePolicy, (request, servers, taken, policy) => {
        const placement = place(request, servers, taken, policy);
        const alone = servers.filter((server) => place(request, [server], taken, policy).kind === 'placed');
        expect(placement.kind).toBe(alone.length > 0 ? 'placed' : 'rejected');
        if (placement.kind === 'placed') return;
        const named = new Set(placement.refusals.map(({ server }) => server));
        expect([...named].sort()).toEqual(servers.map(({ name }) => name).sort());
      }),
    );
  });

  it('depends on the servers and not on their order, and says the same each time', () => {
    fc.assert(
      fc.property(someRequest, someServers, someTaken, somePolicy, (request, servers, taken, policy) => {
        const placement = place(request, servers, taken, policy);
        const backwards = place(request, servers.toReversed(), taken, policy);
        if (placement.kind === 'placed') expect(backwards).toEqual(placement);
        expect(backwards.kind).toBe(placement.kind);
        expect(place(request, servers, taken, policy)).toEqual(placement);
      }),
    );
  });

  it('gives the same answer in a large fleet for the same random numbers', () => {
    fc.assert(
      fc.property(
        aLargeFleet,
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1 }),
        (servers, numbers) => {
          const once = () =>
            place(SMALL, servers, NOTHING, { strategy: 'spread', random: sourceOf(numbers) });
          expect(once()).toEqual(once());
        },
      ),
      { numRuns: 20 },
    );
  });

  it('loads no server more by spreading than by packing, and keeps more of equal ones empty by packing', () => {
    const size = fc.integer({ min: 1, max: 8 });
    const sizes = fc.oneof(
      fc.array(size, { minLength: 2, maxLength: ids.length }),
      fc
        .tuple(size, fc.integer({ min: 2, max: ids.length }))
        .map(([one, count]) => Array.from({ length: count }, () => one)),
    );
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 40 }), (multiples, count) => {
        const servers = multiples.map((times, index) =>
          serverOf({
            id: ids[index] ?? newId('server'),
            totalCpu: 2 * times,
            totalMemoryMb: 4096 * times,
            totalDiskGb: 20 * times,
          }),
        );
        const spread = fill(servers, count, SPREAD);
        const packed = fill(servers, count, PACK);
        const load = (got: number[]) =>
          Math.max(...servers.map(({ totalCpu }, index) => (got[index] ?? 0) / totalCpu));
        expect(load(spread)).toBeLessThanOrEqual(load(packed));
        const isEqual = new Set(multiples).size === 1;
        const empty = (got: number[]) => got.filter((times) => times === 0).length;
        if (isEqual) expect(empty(packed)).toBeGreaterThanOrEqual(empty(spread));
      }),
    );
  });

  it('spreads equal workspaces evenly over equal servers, and packs them into one', () => {
    const servers = ids.slice(0, 4).map((id) => serverOf({ id }));
    expect(fill(servers, 16, SPREAD)).toEqual([4, 4, 4, 4]);
    expect(fill(servers, 8, PACK).sort()).toEqual([0, 0, 0, 8]);
  });

  it('says what is short where, each thing by itself', () => {
    const short = serverOf({ name: 'ws-1', reservedMemoryMb: 16_000, reservedDiskGb: 95 });
    const silent = serverOf({ name: 'ws-2', status: 'unreachable', reason: 'no response' });
    expect(place(SMALL, [short, silent], NOTHING, SPREAD)).toEqual({
      kind: 'rejected',
      refusals: [
        { server: 'ws-1', cause: 'no_room', short: 'memory_mb', needed: 2048, free: 384 },
        { server: 'ws-1', cause: 'no_room', short: 'disk_gb', needed: 10, free: 5 },
        { server: 'ws-2', cause: 'not_ready', detail: 'is unreachable: no response' },
      ],
    });
    expect(place(SMALL, [], NOTHING, SPREAD)).toEqual({ kind: 'rejected', refusals: [] });
  });

  it('prefers a server that has the image when the load is about equal, and pulls it when it is not', () => {
    const has = serverOf({ reservedCpu: 0.5, hasImage: () => true });
    const empty = serverOf();
    const request = { ...SMALL, image: 'an-image' };
    const chosen = (servers: PlacementServer[]) => {
      const placement = place(request, servers, NOTHING, SPREAD);
      return placement.kind === 'placed' ? placement.server.id : undefined;
    };
    expect(chosen([has, empty])).toBe(has.id);
    expect(chosen([{ ...has, reservedCpu: 4 }, empty])).toBe(empty.id);
  });

  it('goes to the preferred region while it has room, and elsewhere after that', () => {
    const near = serverOf({ region: 'eu', reservedCpu: 7 });
    const far = serverOf({ region: 'us' });
    const request: PlacementRequest = { ...SMALL, region: { name: 'eu', match: 'preferred' } };
    expect(place(request, [near, far], NOTHING, SPREAD)).toEqual({ kind: 'placed', server: near });
    const full = { ...near, reservedCpu: 8 };
    expect(place(request, [full, far], NOTHING, SPREAD)).toEqual({ kind: 'placed', server: far });
    const required: PlacementRequest = { ...SMALL, region: { name: 'eu', match: 'required' } };
    expect(place(required, [full, far], NOTHING, SPREAD).kind).toBe('rejected');
  });

  it('lets a draining server start what lives there, and takes nothing new', () => {
    const draining = serverOf({ status: 'draining' });
    expect(place(SMALL, [draining], NOTHING, SPREAD).kind).toBe('rejected');
    expect(place({ ...SMALL, pinnedTo: draining.id }, [draining], NOTHING, SPREAD).kind).toBe('placed');
  });

  it('leaves it to api whether a workspace still has room where its files are', () => {
    const full = serverOf({ reservedCpu: 8, reservedMemoryMb: 16_384, reservedDiskGb: 200 });
    expect(place(SMALL, [full], NOTHING, SPREAD).kind).toBe('rejected');
    expect(place({ ...SMALL, pinnedTo: full.id }, [full], NOTHING, SPREAD).kind).toBe('placed');
  });
});
