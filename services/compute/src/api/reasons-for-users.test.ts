import { ERROR_TABLE, type ErrorCode, PodexError } from '@podex/contracts/errors';
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
    const shown = code === 'no_server_available' ? withServers({ 'ws-7': DETAIL }) : error;
    expect(reasonForUsers(shown)).not.toMatch(/ws-7|10\.0|127\.0|2376|18999|refused/);
  });

  it('keeps what a container said last, which is its owner’s', () => {
    const error = new PodexError('container_ended', 'It ended: no such file', { reason: 'no such file' });
    expect(reasonForUsers(error)).toBe('It ended: no such file');
  });

  it('counts servers instead of naming them', () => {
    expect(reasonForUsers(withServers({ a: 'x' }))).toMatch(/^The workspace server cannot/);
    expect(reasonForUsers(withServers({ a: 'x', b: 'y' }))).toMatch(/^None of the 2 workspace servers/);
    expect(reasonForUsers(withServers({ 'no server': 'x' }))).toContain('Ask an admin');
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

function withServers(reasons: Record<string, string>): PodexError {
  return new PodexError('no_server_available', DETAIL, { reasons });
}
