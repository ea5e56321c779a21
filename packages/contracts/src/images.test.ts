import { describe, expect, it } from 'vitest';
import { matchesImagePattern, nameAndTagOf, parseImagePattern, parseImageReference } from './images.ts';

const SHA = `sha256:${'0123456789abcdef'.repeat(4)}`;

function isAllowed(image: string, pattern: string): boolean {
  const reference = parseImageReference(image);
  const parsed = parseImagePattern(pattern);
  return reference !== undefined && parsed !== undefined && matchesImagePattern(reference, parsed);
}

describe('parseImageReference', () => {
  it.each([
    ['debian', { registry: 'docker.io', path: 'library/debian' }],
    ['debian:12', { registry: 'docker.io', path: 'library/debian', tag: '12' }],
    ['podex/workspace:1.2', { registry: 'docker.io', path: 'podex/workspace', tag: '1.2' }],
    ['index.docker.io/debian', { registry: 'docker.io', path: 'library/debian' }],
    ['Docker.IO/library/debian', { registry: 'docker.io', path: 'library/debian' }],
    ['ghcr.io/acme/a/b__c:V_1', { registry: 'ghcr.io', path: 'acme/a/b__c', tag: 'V_1' }],
    ['registry:5000/a/b:c', { registry: 'registry:5000', path: 'a/b', tag: 'c' }],
    ['localhost/x', { registry: 'localhost', path: 'x' }],
    ['localhost:5000/x', { registry: 'localhost:5000', path: 'x' }],
    ['127.0.0.1:18999/x', { registry: '127.0.0.1:18999', path: 'x' }],
    ['169.254.169.254/x', { registry: '169.254.169.254', path: 'x' }],
    ['[::1]:5000/x', { registry: '[::1]:5000', path: 'x' }],
    ['host.docker.internal/x', { registry: 'host.docker.internal', path: 'x' }],
    [`a@${SHA}`, { registry: 'docker.io', path: 'library/a', digest: SHA }],
    [`a:1@${SHA}`, { registry: 'docker.io', path: 'library/a', tag: '1', digest: SHA }],
  ])('%s', (text, reference) => {
    expect(parseImageReference(text)).toEqual(reference);
  });

  it.each([
    '',
    'UPPER',
    'debian\n',
    'debian:12\n',
    ' debian',
    'a b',
    'docker.io/../x',
    'docker.io//x',
    'docker.io/x/',
    'docker.io/',
    '/x',
    './x',
    'a.-b/x',
    'ghcr。io/acme/x',
    'ghcr․io/acme/x',
    'ghcr.io/acme/х',
    'https://ghcr.io/acme/x',
    'user@ghcr.io/acme/x',
    'ghcr.io:443:5000/x',
    'ghcr.io:port/x',
    'a:',
    'a:-x',
    'a@',
    'a@sha256:00',
    `a@${SHA}@${SHA}`,
    `a@${SHA}\n`,
    '0123456789abcdef'.repeat(4),
    'x'.repeat(300),
    `a:${'x'.repeat(129)}`,
    '*',
    'docker.io/library/*',
    'a%2fb',
    'a\0b',
  ])('refuses %j', (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  });
});

describe('image patterns', () => {
  it.each([
    ['podex-workspace', 'podex-workspace'],
    ['podex-workspace:2', 'podex-workspace'],
    ['docker.io/library/podex-workspace', 'podex-workspace'],
    ['debian:12', 'docker.io/library/*'],
    [`debian@${SHA}`, 'docker.io/library/*'],
    ['ghcr.io/acme/a/b/c:1', 'ghcr.io/acme/*'],
    ['ghcr.io/acme/web-base', 'ghcr.io/acme/*-base'],
    ['debian:12', 'debian:12'],
    ['127.0.0.1:5000/x', '127.0.0.1:5000/x'],
  ])('%s is allowed by %s', (image, pattern) => {
    expect(isAllowed(image, pattern)).toBe(true);
  });

  it.each([
    ['acme/podex-workspace', 'podex-workspace'],
    ['ghcr.io/library/podex-workspace', 'podex-workspace'],
    ['podex-workspace-evil', 'podex-workspace'],
    ['debian:13', 'debian:12'],
    ['debian', 'debian:12'],
    ['acme/debian', 'docker.io/library/*'],
    ['ghcr.io.evil.com/acme/x', 'ghcr.io/acme/*'],
    ['ghcr.io:8443/acme/x', 'ghcr.io/acme/*'],
    ['evil.com/ghcr.io/acme/x', 'ghcr.io/acme/*'],
    ['ghcr.io/acme-evil/x', 'ghcr.io/acme/*'],
    ['127.0.0.1:5001/x', '127.0.0.1:5000/x'],
    ['127.0.0.1:5000/y', '127.0.0.1:5000/x'],
    ['ghcr.io/acme/ab', 'ghcr.io/acme/ab*b'],
  ])('%s is not allowed by %s', (image, pattern) => {
    expect(isAllowed(image, pattern)).toBe(false);
  });

  it.each([
    '*',
    '*/x',
    '*.io/acme/x',
    'ghcr.*/acme/x',
    '*:5000/x',
    'ghcr.io/acme/../*',
    'ghcr.io/acme/*\n/x',
    '127.0.0.1:18999/*',
    '10.0.0.1/*',
    '127.1:80/*',
    '0x7f.0x0.0x0.0x1/*',
    '[::1]:5000/*',
    '169.254.169.254/*',
    'localhost/*',
    'localhost:5000/*',
    'registry:5000/*',
    'a.localhost/*',
    'host.docker.internal/*',
    'ghcr.io/UPPER/*',
  ])('%j is no pattern', (pattern) => {
    expect(parseImagePattern(pattern)).toBeUndefined();
  });
});

describe('nameAndTagOf', () => {
  it.each([
    ['debian', { name: 'debian', tag: 'latest' }],
    ['podex/workspace:1.2', { name: 'podex/workspace', tag: '1.2' }],
    ['registry:5000/a/b', { name: 'registry:5000/a/b', tag: 'latest' }],
    ['registry:5000/a/b:c', { name: 'registry:5000/a/b', tag: 'c' }],
    [`a@${SHA}`, { name: 'a', tag: SHA }],
    [`a:1@${SHA}`, { name: 'a', tag: SHA }],
  ])('%s', (reference, parts) => {
    expect(nameAndTagOf(reference)).toEqual(parts);
  });
});
