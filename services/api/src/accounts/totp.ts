import { createHmac, timingSafeEqual } from 'node:crypto';

const STEP_SECONDS = 30;
const DIGITS = 6;
/** Clocks differ, and typing takes time: so many steps before and after the present one are taken. */
const STEPS_AROUND = 1;
const COUNTER_BYTES = 8;
const OFFSET_MASK = 0x0f;
const POSITIVE_MASK = 0x7fff_ffff;

/**
 * The step of time (RFC 6238) that the code belongs to, the latest if there are several.
 *
 * @param secret as better-auth keeps it once decrypted: its UTF-8 bytes are the key.
 * @returns undefined when the code is wrong, or right at another time.
 */
export function findStepOfCode(secret: string, code: string, nowMs: number): number | undefined {
  const present = Math.floor(nowMs / 1000 / STEP_SECONDS);
  let found: number | undefined;
  for (let step = present - STEPS_AROUND; step <= present + STEPS_AROUND; step += 1) {
    if (isSameText(code, codeOfStep(secret, step))) found = step;
  }
  return found;
}

/** The code that an authenticator app shows at this time. */
export function codeAt(secret: string, nowMs: number): string {
  return codeOfStep(secret, Math.floor(nowMs / 1000 / STEP_SECONDS));
}

function codeOfStep(secret: string, step: number): string {
  const counter = Buffer.alloc(COUNTER_BYTES);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', secret).update(counter).digest();
  const offset = digest.readUInt8(digest.length - 1) & OFFSET_MASK;
  const number = (digest.readUInt32BE(offset) & POSITIVE_MASK) % 10 ** DIGITS;
  return number.toString().padStart(DIGITS, '0');
}

function isSameText(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
