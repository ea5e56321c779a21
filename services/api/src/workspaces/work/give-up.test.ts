import { workspaceStatus } from '@podex/contracts/workspaces';
import { describe, expect, it } from 'vitest';
import { giveUpInTime } from './give-up.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const seenAs = (status: (typeof workspaceStatus.options)[number], reason: string | null = null) => ({
  lease_token: 'lease',
  version: 3,
  status,
  reason,
  container_id: null,
  settled: false,
});
const wanted = { running: 'creating', stopped: 'stopping', paused: 'pausing' } as const;

describe('giveUpInTime', () => {
  it.each([
    ['running', 'started'],
    ['stopped', 'stopped'],
    ['paused', 'paused'],
  ] as const)('gives up what shall be %s and is on its way for half an hour', (desired, verb) => {
    const status = wanted[desired];
    const row = { status, status_since: minutesAgo(30), desired_status: desired, version: 3 };
    expect(giveUpInTime(row, seenAs(status, 'No server has room.'), NOW)).toMatchObject({
      status: 'failed',
      settled: true,
      reason: `It could not be ${verb} within 30 minutes. No server has room. Try again, or ask an admin.`,
    });
    const earlier = { ...row, status_since: minutesAgo(29) };
    expect(giveUpInTime(earlier, seenAs(status), NOW)).toEqual(seenAs(status));
    // Something else was asked for meanwhile.
    expect(giveUpInTime({ ...row, version: 4 }, seenAs(status), NOW)).toEqual(seenAs(status));
  });

  it('never gives up a deletion, nor one whose server can’t be reached', () => {
    for (const status of workspaceStatus.options) {
      const row = {
        status,
        status_since: minutesAgo(10_000),
        desired_status: 'deleted' as const,
        version: 3,
      };
      expect(giveUpInTime(row, seenAs(status), NOW)).toEqual(seenAs(status));
    }
    const row = {
      status: 'unreachable' as const,
      status_since: minutesAgo(10_000),
      desired_status: 'running' as const,
      version: 3,
    };
    expect(giveUpInTime(row, seenAs('unreachable'), NOW)).toEqual(seenAs('unreachable'));
  });
});
