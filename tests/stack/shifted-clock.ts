import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Loaded before a service: SIGUSR2 has its clock be as many milliseconds ahead (or behind, below 0) as the file says that
 * `CLOCK_SHIFT_FILE` names. What counts from the start of the process or the machine goes on as it did.
 */
const file = process.env.CLOCK_SHIFT_FILE;
const RealDate = Date;
let shiftMs = 0;

class ShiftedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    const [time] = given;
    super(time ?? RealDate.now() + shiftMs);
  }

  static override now(): number {
    return RealDate.now() + shiftMs;
  }
}

if (file !== undefined) {
  globalThis.Date = ShiftedDate as DateConstructor;
  process.on('SIGUSR2', () => {
    shiftMs = Number(readFileSync(file, 'utf8'));
  });
}

export const SHIFTED_CLOCK = path.join(import.meta.dirname, 'shifted-clock.ts');
