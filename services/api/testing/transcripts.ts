import type { Transcript } from '@podex/contracts/transcript';

export const AT = '2026-11-01T10:00:00.000Z';

/** A client that followed knows when events were stored; a test that reads the rows does not. */
export function withoutTimes({ lastSeq, turns }: Transcript): Transcript {
  return {
    lastSeq,
    turns: turns.map((turn) => ({
      ...turn,
      started_at: turn.started_at === null ? null : AT,
      ended_at: turn.ended_at === null ? null : AT,
      retry: turn.retry === null ? null : { ...turn.retry, at: AT },
      items: turn.items.map((item) => (item.type === 'message' ? { ...item, at: AT } : item)),
    })),
  };
}
