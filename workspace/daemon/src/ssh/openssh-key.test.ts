import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { fingerprintText, keyOfJwk, privateKeyText, publicKeyText } from './openssh-key.ts';

const sshKeygen = (...options: string[]) => execFileSync('ssh-keygen', options, { encoding: 'utf8' }).trim();

describe('a key in the form of OpenSSH', () => {
  it('is what ssh-keygen reads, and finds the same in', () => {
    const file = path.join(temporaryFolder('ssh-key'), 'key');
    for (let count = 0; count < 3; count += 1) {
      const { privateKey } = generateKeyPairSync('ed25519');
      const key = keyOfJwk(privateKey.export({ format: 'jwk' }));
      writeFileSync(file, privateKeyText(key), { mode: 0o600 });
      expect(sshKeygen('-y', '-f', file)).toBe(publicKeyText(key));
      expect(sshKeygen('-l', '-f', file)).toContain(` ${fingerprintText(key)} `);
    }
  });

  it('is not made of another kind, or of half a key', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    expect(() => keyOfJwk(publicKey.export({ format: 'jwk' }))).toThrow('not a whole Ed25519 key');
    const { privateKey } = generateKeyPairSync('ed448');
    expect(() => keyOfJwk(privateKey.export({ format: 'jwk' }))).toThrow('not a whole Ed25519 key');
  });
});
