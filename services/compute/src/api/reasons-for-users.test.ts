import { ERROR_TABLE, type ErrorCode, PodexError } from '@podex/contracts/errors';
import type { PlacementRefusal } from '@podex/contracts/placement';
import { describe, expect, it } from 'vitest';
import { errorForUsers, reasonForUsers } from './reasons-for-users.ts';

const DETAIL = 'ws-7 (10.0.1.4:2376): dial tcp 127.0.0.1:18999: connect: connection refused';
const OWN: readonly ErrorCode[] = [
  'conflict',
  'container_ended',
  'workspace_changed',
  'workspace_not_running',
];

describe('reasonForUsers', () => {
  const codes = Object.keys(ERROR_TABLE) as ErrorCode[];
  it.each(codes.filter((code) => !OWN.includes(code)))('says of %s nothing about servers', (code) => {
    const error = new PodexError(code as 'container_failed', DETAIL, { reason: DETAIL });
    const shown =
      code === 'no_server_available'
        ? withRefusals([{ server: 'ws-7', cause: 'not_ready', detail: DETAIL }])
        : error;
    expect(reasonForUsers(shown)).not.toMatch(/ws-7|10\.0|127\.0|2376|18999|refused/);
  });

  it('keeps what a container said last, which is its owner’s', () => {
    const error = new PodexError('container_ended', 'It ended: no such file', { reason: 'no such file' });
    expect(reasonForUsers(error)).toBe('It ended: no such file');
  });

  it('says what is short, and counts servers instead of naming them', () => {
    const noRoom = { cause: 'no_room', short: 'memory_mb', needed: 4096, free: 123 } as const;
    const refusals: PlacementRefusal[] = [
      { ...noRoom, server: 'ws-7' },
      { ...noRoom, server: 'ws-8' },
      { ...noRoom, server: 'ws-8', short: 'disk_gb' },
      { server: 'ws-9', cause: 'not_ready', detail: DETAIL },
    ];
    expect(reasonForUsers(withRefusals(refusals))).toBe(
      'None of the 3 workspace servers can take it now: not enough memory is free (2 of 3), not enough disk space is free (1 of 3), ' +
        'not ready for work (1 of 3). Podex tries again by itself. Stop a workspace that you do not need, or ask an admin to add a server.',
    );
    expect(reasonForUsers(withRefusals([{ server: 'a', cause: 'labels', detail: DETAIL }]))).toBe(
      'The workspace server cannot take it now: without the labels that were asked for. Podex tries again by itself.',
    );
    expect(reasonForUsers(withRefusals([]))).toContain('Ask an admin');
  });
});

describe('errorForUsers', () => {
  it.each(['server_unreachable', 'daemon_unreachable', 'container_failed'] as const)(
    'hides in %s',
    (code) => {
      const error = new PodexError(code as 'container_failed', DETAIL, { reason: DETAIL });
      const shown = errorForUsers(error);
      if (!PodexError.has(shown, code)) throw new Error('another code');
      expect(JSON.stringify(shown.toBody('r'))).not.toMatch(/ws-7|10\.0|127\.0|18999/);
      expect(shown.cause).toBe(error);
    },
  );
});

function withRefusals(refusals: PlacementRefusal[]): PodexError {
  return new PodexError('no_server_available', DETAIL, { refusals });
}
