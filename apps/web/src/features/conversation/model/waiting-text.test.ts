import { expect, it } from 'vitest';
import { waitingText } from './waiting-text.ts';

it('says who is to approve', () => {
  const waiting = { reason: 'approval', wake_at: null, message: null } as const;
  expect(waitingText(waiting, false).title).toBe('Waiting for your approval.');
  expect(waitingText(waiting, true).title).toBe('Waiting for an editor to approve.');
});

it('says who is to answer', () => {
  const waiting = { reason: 'input', wake_at: null, message: null } as const;
  expect(waitingText(waiting, false).title).toBe('Waiting for your answer.');
  expect(waitingText(waiting, true).title).toBe('Waiting for an editor to answer.');
});

it('says what failed and when it is tried again', () => {
  const wakeAt = new Date(2026, 10, 28, 12, 4, 10).toISOString();
  const waiting = { reason: 'retry', wake_at: wakeAt, message: '429: slow down' } as const;
  expect(waitingText(waiting, false)).toEqual({ title: 'Next try at 12:04:10', detail: '429: slow down' });
});

it('says what is wrong with the workspace', () => {
  const waiting = { reason: 'workspace', wake_at: null, message: 'The workspace is starting.' } as const;
  expect(waitingText(waiting, false).detail).toMatch(/^The workspace is starting\. The agent continues/);
});

it('says that nothing more may be spent, and until when', () => {
  const message = '$2.50 was spent. It begins again at 2026-12-01 00:00 UTC; an admin can allow more.';
  const waiting = { reason: 'budget', wake_at: '2026-12-01T00:00:00.000Z', message } as const;
  expect(waitingText(waiting, false)).toEqual({ title: 'The model budget is used up', detail: message });
});
