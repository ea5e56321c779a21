import type { SystemCall } from './system-calls.ts';

/** A number, bytes that a pointer leads to, or a list of words and pointers with a zero at its end. */
export type CallArgument = number | Uint8Array | readonly (number | Uint8Array)[];

/** What a child of the fork server does, one after the other. */
export type Call = readonly [SystemCall, ...CallArgument[]];

/** As C has texts. */
export function cText(value: string): Uint8Array {
  return Buffer.from(`${value}\0`);
}
