import type { PlacementRefusal } from '@podex/contracts/placement';
import { describe, expect, it } from 'vitest';
import { curesOf } from './room-cures.ts';

const cures = (...refusals: PlacementRefusal[]) => curesOf({ refusals, max_workspaces: null });
const short = (server: string, what: 'cpu' | 'memory_mb' | 'disk_gb', needed: number, free: number) =>
  ({ server, cause: 'no_room', short: what, needed, free }) as const;

describe('curesOf', () => {
  it('names the limit that is reached, or that there is no server', () => {
    expect(curesOf({ refusals: [], max_workspaces: 10 })[0]).toMatch(
      /^10 workspaces run.*raise the setting\.$/,
    );
    expect(cures()).toEqual(['No server is registered. Add one: podex servers join.']);
  });

  it('tells of the server that is nearest to having room, and all that it lacks', () => {
    expect(
      cures(
        short('ws-1', 'memory_mb', 4096, 0),
        short('ws-2', 'memory_mb', 4096, 3072),
        short('ws-2', 'cpu', 2, 1.95),
        short('ws-3', 'cpu', 2, 0),
        short('ws-3', 'memory_mb', 4096, 3000),
      ),
    ).toEqual([
      'ws-2 lacks 1024 MB of memory and 0.1 CPU. Stop workspaces there, add a server, or raise memory_overcommit and cpu_overcommit.',
    ]);
    expect(cures(short('ws-1', 'disk_gb', 20, 5))).toEqual([
      'ws-1 lacks 15 GB of disk. Delete workspaces there, add a server, or raise disk_overcommit.',
    ]);
  });

  it('has a cure for each cause, what frees room before what brings servers', () => {
    expect(
      cures(
        { server: 'ws-1', cause: 'region', detail: 'is in us, the workspace must be in eu' },
        { server: 'ws-2', cause: 'not_ready', detail: 'is unreachable: no route.' },
        { server: 'ws-3', cause: 'not_ready', detail: 'is draining' },
        { server: 'ws-4', cause: 'labels', detail: 'lacks the labels disk=nvme' },
        { server: 'ws-5', cause: 'architecture', detail: 'is x86_64, the image is arm64' },
        { server: 'ws-6', cause: 'reservation', detail: 'No room left: cpu is 4.' },
        short('ws-7', 'cpu', 2, 1),
      ),
    ).toEqual([
      expect.stringMatching(/^ws-7 lacks 1 CPU/),
      expect.stringMatching(/^ws-6 had no room/),
      expect.stringMatching(/^ws-2 is unreachable: no route; ws-3 is draining\. See podex servers check/),
      expect.stringMatching(/^ws-4 lacks the labels disk=nvme\. Give a server/),
      expect.stringMatching(/^ws-1 is in us, .* Add a server in that region/),
      expect.stringMatching(/^ws-5 is x86_64, the image is arm64\. Add/),
    ]);
  });

  it('does not leave one without words whose server is not there any more', () => {
    expect(
      cures({ server: 'ws-1', cause: 'elsewhere', detail: 'its files are on another server' }),
    ).toHaveLength(1);
  });
});
