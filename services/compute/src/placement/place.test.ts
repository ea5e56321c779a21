import { newId, type ServerId } from '@podex/contracts/ids';
import { serverStatus } from '@podex/contracts/servers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlacementRequest, type PlacementServer, place, type Reservation } from './place.ts';

const ids: readonly ServerId[] = Array.from({ length: 8 }, () => newId('server'));

function serverOf(fields: Partial<PlacementServer>): PlacementServer {
  const id = fields.id ?? newId('server');
  return {
    id,
    name: `server-${id}`,
    status: 'ready',
    reason: null,
    architecture: 'x86_64',
    totalCpu: 8,
    totalMemoryMb: 16_384,
    reservedCpu: 0,
    reservedMemoryMb: 0,
    workspaces: 0,
    ...fields,
  };
}

const someServers: fc.Arbitrary<PlacementServer[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: 7 }), { maxLength: 8 })
  .chain((picked) =>
    fc.tuple(
      ...picked.map((index) =>
        fc
          .record({
            status: fc.constantFrom(...serverStatus.options),
            reason: fc.constantFrom(null, 'because'),
            architecture: fc.constantFrom('x86_64', 'aarch64', undefined),
            totalCpu: fc.integer({ min: 1, max: 64 }),
            totalMemoryMb: fc.integer({ min: 1024, max: 131_072 }),
            reservedCpu: fc.integer({ min: 0, max: 64 }),
            reservedMemoryMb: fc.integer({ min: 0, max: 131_072 }),
            workspaces: fc.integer({ min: 0, max: 20 }),
          })
          .map((fields) => serverOf({ id: ids[index] ?? newId('server'), ...fields })),
      ),
    ),
  );

const someRequest: fc.Arbitrary<PlacementRequest> = fc.record({
  cpu: fc.constantFrom(1, 2, 4),
  memoryMb: fc.constantFrom(2048, 4096, 8192),
  architecture: fc.constantFrom('amd64', 'arm64', undefined),
  pinnedTo: fc.constantFrom(undefined, ...ids),
});

const someReservations: fc.Arbitrary<Reservation[]> = fc.array(
  fc.record({
    serverId: fc.constantFrom(...ids),
    cpu: fc.constantFrom(1, 2),
    memoryMb: fc.constantFrom(2048, 4096),
  }),
  { maxLength: 6 },
);

function roomOn(server: PlacementServer, reservations: readonly Reservation[]) {
  const own = reservations.filter(({ serverId }) => serverId === server.id);
  return {
    cpu: server.totalCpu - server.reservedCpu - own.reduce((sum, { cpu }) => sum + cpu, 0),
    memoryMb:
      server.totalMemoryMb - server.reservedMemoryMb - own.reduce((sum, one) => sum + one.memoryMb, 0),
  };
}

describe('place', () => {
  it('never chooses a server that is unwell, full, foreign or of another architecture', () => {
    fc.assert(
      fc.property(someRequest, someServers, someReservations, (request, servers, reservations) => {
        const placement = place(request, servers, reservations);
        if (placement.kind === 'rejected') return;
        const { server } = placement;
        const room = roomOn(server, reservations);
        if (request.pinnedTo === undefined) {
          expect(room.cpu).toBeGreaterThanOrEqual(request.cpu);
          expect(room.memoryMb).toBeGreaterThanOrEqual(request.memoryMb);
        } else {
          expect(server.id).toBe(request.pinnedTo);
        }
        expect(
          server.status === 'ready' || (server.status === 'draining' && request.pinnedTo === server.id),
        ).toBe(true);
        if (request.architecture === 'amd64') expect(server.architecture).not.toBe('aarch64');
        if (request.architecture === 'arm64') expect(server.architecture).not.toBe('x86_64');
      }),
    );
  });

  it('gives a reason for every server that it refuses, and refuses all only when none will do', () => {
    fc.assert(
      fc.property(someRequest, someServers, someReservations, (request, servers, reservations) => {
        const placement = place(request, servers, reservations);
        const alone = servers.filter((server) => place(request, [server], reservations).kind === 'placed');
        expect(placement.kind).toBe(alone.length > 0 ? 'placed' : 'rejected');
        if (placement.kind === 'rejected' && servers.length > 0) {
          expect(Object.keys(placement.reasons).sort()).toEqual(servers.map(({ name }) => name).sort());
        }
      }),
    );
  });

  it('depends on the servers and not on their order', () => {
    fc.assert(
      fc.property(someRequest, someServers, someReservations, (request, servers, reservations) => {
        expect(place(request, servers.toReversed(), reservations)).toEqual(
          place(request, servers, reservations),
        );
      }),
    );
  });

  it('spreads equal workspaces evenly over equal servers', () => {
    const servers = ids.slice(0, 4).map((id) => serverOf({ id }));
    const reservations: Reservation[] = [];
    for (let count = 0; count < 16; count += 1) {
      const placement = place({ cpu: 1, memoryMb: 2048 }, servers, reservations);
      if (placement.kind === 'rejected') throw new Error('there is room');
      reservations.push({ serverId: placement.server.id, cpu: 1, memoryMb: 2048 });
    }
    for (const { id } of servers) {
      expect(reservations.filter(({ serverId }) => serverId === id)).toHaveLength(4);
    }
  });

  it('lets a draining server start what lives there, and takes nothing new', () => {
    const draining = serverOf({ status: 'draining' });
    expect(place({ cpu: 1, memoryMb: 1 }, [draining], []).kind).toBe('rejected');
    expect(place({ cpu: 1, memoryMb: 1, pinnedTo: draining.id }, [draining], []).kind).toBe('placed');
  });

  it('leaves it to api whether a workspace still has room where its files are', () => {
    const full = serverOf({ reservedCpu: 8, reservedMemoryMb: 16_384 });
    expect(place({ cpu: 1, memoryMb: 1 }, [full], []).kind).toBe('rejected');
    expect(place({ cpu: 1, memoryMb: 1, pinnedTo: full.id }, [full], []).kind).toBe('placed');
  });

  it('says that no server is registered', () => {
    expect(place({ cpu: 1, memoryMb: 1 }, [], [])).toEqual({
      kind: 'rejected',
      reasons: { 'no server': 'no workspace server is registered' },
    });
  });
});
