import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { parsePublicKey } from './ssh-public-key.ts';

/** Of a security key; one is needed to make them. */
const OF_SECURITY_KEYS = [
  'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIF4EBAkN+cq/dTsEJk4J+2WgF5DCFh1fYkBSrz2PwTMwAAAABHNzaDo=',
];

function make(type: string, bits: string): { line: string; fingerprint: string; privateKey: string } {
  const file = path.join(temporaryFolder('ssh-key'), 'key');
  const run = (...options: string[]) => execFileSync('ssh-keygen', options, { encoding: 'utf8' });
  run('-q', '-t', type, '-b', bits, '-N', '', '-C', 'me@laptop', '-f', file);
  return {
    line: readFileSync(`${file}.pub`, 'utf8').trim(),
    fingerprint: run('-l', '-f', file).split(' ')[1] ?? '',
    privateKey: readFileSync(file, 'utf8').replaceAll('\n', ' '),
  };
}

const base64Of = (line: string) => line.split(' ')[1] ?? '';

describe('a public key', () => {
  it.each([
    ['ed25519', '256'],
    ['ecdsa', '256'],
    ['ecdsa', '384'],
    ['ecdsa', '521'],
    ['rsa', '2048'],
  ])('of %s with %s bits is what ssh-keygen made', (type, bits) => {
    const { line, fingerprint } = make(type, bits);
    expect(parsePublicKey(line)).toEqual({
      type: line.split(' ')[0],
      base64: base64Of(line),
      fingerprint,
      comment: 'me@laptop',
    });
  });

  it.each(OF_SECURITY_KEYS)('may be that of a security key: %s', (line) => {
    expect(parsePublicKey(line)).toMatchObject({ base64: base64Of(line), comment: '' });
  });

  it('of too few bits is refused, with what to do', () => {
    expect(() => parsePublicKey(make('rsa', '1024').line)).toThrow(/2048 to 4096 bits; this one has 1024/);
  });

  it('with options before it, or another line behind it, is refused', () => {
    const { line } = make('ed25519', '256');
    for (const hostile of [
      `command="rm -rf ~" ${line}`,
      `no-pty,from="10.0.0.1" ${line}`,
      `${line}\nssh-ed25519 ${base64Of(line)}`,
      `cert-authority ${line}`,
      `@cert-authority * ${line}`,
      line.replace('ssh-ed25519', 'ssh-ed25519-cert-v01@openssh.com'),
    ]) {
      expect(() => parsePublicKey(hostile)).toThrow(/public key|damaged/);
    }
  });

  it('that is damaged, or says that it is another kind, is refused', () => {
    const { line } = make('ed25519', '256');
    const base64 = base64Of(line);
    const bytes = Buffer.from(base64, 'base64');
    for (const damaged of [
      `ssh-ed25519 ${base64.slice(0, -4)}`,
      `ssh-ed25519 ${base64}AAAA`,
      `ssh-ed25519 ${Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64')}`,
      `ssh-rsa ${base64}`,
      `ecdsa-sha2-nistp256 ${base64}`,
      'ssh-ed25519 AAAA',
      `ssh-ed25519 ${Buffer.from([255, 255, 255, 255]).toString('base64')}`,
    ]) {
      expect(() => parsePublicKey(damaged)).toThrow('The key is damaged');
    }
  });

  it('is no private key', () => {
    expect(() => parsePublicKey(make('ed25519', '256').privateKey)).toThrow('This is a private key');
  });
});
