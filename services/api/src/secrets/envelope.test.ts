import { randomBytes } from 'node:crypto';
import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { openSecret, rewrapKey, type SecretPlace, sealSecret, UnreadableSecret } from './envelope.ts';
import { KeyRing } from './key-ring.ts';

const newKey = () => randomBytes(32).toString('base64');
const KEY = newKey();
const keys = new KeyRing({ current: KEY });
const place: SecretPlace = {
  owner: { kind: 'workspace', id: newId('workspace') },
  name: 'TOKEN',
  version: 3,
};

function whyUnreadable(open: () => unknown): string {
  try {
    open();
  } catch (error) {
    if (error instanceof UnreadableSecret) return error.why;
    throw error;
  }
  return 'readable';
}

describe('a sealed secret', () => {
  it.each(['', 'a', 'pässwörd\n\u{1f511}', 'x'.repeat(65_536)])('opens to what was sealed', (value) => {
    const sealed = sealSecret(keys, place, value);
    expect(openSecret(keys, place, sealed)).toBe(value);
  });

  it('has a data key and nonces of its own, and holds nothing in clear', () => {
    const [one, two] = [sealSecret(keys, place, 'the-same-value'), sealSecret(keys, place, 'the-same-value')];
    expect(one.wrappedKey).not.toEqual(two.wrappedKey);
    expect(one.sealedValue).not.toEqual(two.sealedValue);
    const stored = Buffer.concat([one.wrappedKey, one.sealedValue, Buffer.from(one.keyId)]);
    expect(stored.includes('the-same-value')).toBe(false);
    expect(stored.includes(Buffer.from(KEY, 'base64'))).toBe(false);
  });

  it('is refused when any byte of it was changed, cut off or added', () => {
    const sealed = sealSecret(keys, place, 'value');
    for (const part of ['wrappedKey', 'sealedValue'] as const) {
      for (let at = 0; at < sealed[part].length; at += 1) {
        const changed = Buffer.from(sealed[part]);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        expect(whyUnreadable(() => openSecret(keys, place, { ...sealed, [part]: changed }))).toBe('damaged');
      }
      for (const changed of [
        Buffer.alloc(0),
        sealed[part].subarray(1),
        sealed[part].subarray(0, -1),
        Buffer.concat([sealed[part], Buffer.alloc(1)]),
      ]) {
        expect(whyUnreadable(() => openSecret(keys, place, { ...sealed, [part]: changed }))).toBe('damaged');
      }
    }
  });

  it('is refused in the place of another: owner, kind, name and version', () => {
    const sealed = sealSecret(keys, place, 'value');
    for (const other of [
      { ...place, owner: { ...place.owner, id: newId('workspace') } },
      { ...place, owner: { kind: 'user', id: place.owner.id } },
      { ...place, name: 'TOKEN2' },
      { ...place, version: 2 },
    ] as SecretPlace[]) {
      expect(whyUnreadable(() => openSecret(keys, other, sealed))).toBe('damaged');
      expect(whyUnreadable(() => rewrapKey(keys, other, sealed))).toBe('damaged');
    }
  });

  it('is refused when data key and value are of two secrets', () => {
    const [one, two] = [sealSecret(keys, place, 'one'), sealSecret(keys, place, 'two')];
    expect(whyUnreadable(() => openSecret(keys, place, { ...one, sealedValue: two.sealedValue }))).toBe(
      'damaged',
    );
  });

  it('is refused by another key, under its own name as under a false one', () => {
    const sealed = sealSecret(keys, place, 'value');
    const other = new KeyRing({ current: newKey() });
    expect(whyUnreadable(() => openSecret(other, place, sealed))).toBe('unknown_key');
    const renamed = { ...sealed, keyId: other.current.id };
    expect(whyUnreadable(() => openSecret(other, place, renamed))).toBe('damaged');
    expect(() => openSecret(other, place, sealed)).toThrow(keys.current.id);
  });
});

describe('a rotation', () => {
  const next = newKey();
  const both = new KeyRing({ current: next, previous: [KEY] });

  it('opens what a previous key wrapped, and wraps with the current one', () => {
    const sealed = sealSecret(keys, place, 'value');
    expect(openSecret(both, place, sealed)).toBe('value');
    expect(sealSecret(both, place, 'value').keyId).toBe(both.current.id);
  });

  it('rewraps the data key alone; afterwards the previous key is not needed', () => {
    const sealed = sealSecret(keys, place, 'value');
    const rewrapped = { ...sealed, ...rewrapKey(both, place, sealed) };
    expect(rewrapped.sealedValue).toBe(sealed.sealedValue);
    expect(openSecret(new KeyRing({ current: next }), place, rewrapped)).toBe('value');
    expect(whyUnreadable(() => openSecret(keys, place, rewrapped))).toBe('unknown_key');
  });

  it('does not rewrap what it cannot open', () => {
    const sealed = sealSecret(new KeyRing({ current: newKey() }), place, 'value');
    expect(whyUnreadable(() => rewrapKey(both, place, sealed))).toBe('unknown_key');
  });
});

describe('a wrapping key', () => {
  it('is 32 bytes in base64, base64url or hexadecimal, and the same in each', () => {
    const bytes = randomBytes(32);
    const forms = [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')];
    expect(new Set(forms.map((form) => new KeyRing({ current: form }).current.id)).size).toBe(1);
    expect(() => new KeyRing({ current: 'a'.repeat(32) })).toThrow('32 bytes');
  });
});
