import { describe, expect, it } from 'vitest';
import { SshInput } from './ssh-input.ts';

/** A binary frame with four bytes, masked. */
const FRAME = Buffer.from([0x82, 0x84, 1, 2, 3, 4, 9, 9, 9, 9]);
const PONG = Buffer.from([0x8a, 0x80, 1, 2, 3, 4]);

describe('input of an SSH connection', () => {
  it('is use when somebody types', () => {
    const input = new SshInput();
    expect([0, 300, 700, 1_200].map((at) => input.see(FRAME, at))).toEqual([false, false, false, true]);
    expect(input.see(FRAME, 1_900)).toBe(true);
  });

  it('is none when a client only says that it is there, each second for an hour', () => {
    const input = new SshInput();
    for (let second = 0; second < 3_600; second += 1) {
      expect(input.see(FRAME, second * 1_000)).toBe(false);
      expect(input.see(PONG, second * 1_000 + 1)).toBe(false);
    }
  });

  it('is use again with the first burst after a pause', () => {
    const input = new SshInput();
    for (const at of [0, 10, 20, 30]) input.see(FRAME, at);
    expect([60_000, 60_010, 60_020, 60_030].map((at) => input.see(FRAME, at))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});
