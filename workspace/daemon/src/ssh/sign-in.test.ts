import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { findSignIn } from './sign-in.ts';

const FINGERPRINT = `SHA256:${'a'.repeat(43)}`;
const LINE = `Accepted publickey for dev from UNKNOWN port 65535 ssh2: ED25519 ${FINGERPRINT}`;

async function toldOf(parts: readonly string[]): Promise<string[]> {
  const told: string[] = [];
  const log = new PassThrough();
  findSignIn(log, (fingerprint) => told.push(fingerprint));
  for (const part of parts) log.write(part);
  log.end();
  await new Promise((resolve) => log.once('end', resolve));
  return told;
}

describe('the log of sshd', () => {
  it('tells the key that signed in, once, however it arrives', async () => {
    const text = `Server listening\r\n${LINE}\r\n${LINE}\r\n`;
    expect(await toldOf([text])).toEqual([FINGERPRINT]);
    expect(await toldOf([...text])).toEqual([FINGERPRINT]);
  });

  it('tells nothing of a key that was refused, of a line that is cut off, and after too much', async () => {
    expect(await toldOf([LINE.replace('Accepted', 'Failed'), '\n'])).toEqual([]);
    expect(await toldOf([LINE])).toEqual([]);
    expect(await toldOf([`${'x'.repeat(20_000)}\n`, `${LINE}\n`])).toEqual([]);
  });
});
