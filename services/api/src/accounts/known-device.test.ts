import { afterEach, expect, it, vi } from 'vitest';
import { DEVICE_LIFETIME_SECONDS, KnownDevices } from './known-device.ts';

const devices = new KnownDevices('a-session-secret-of-at-least-32-characters');

afterEach(() => {
  vi.useRealTimers();
});

it('recognises a browser of the account, however the email is written', () => {
  const cookie = devices.issue('Ada@Example.com', undefined);
  const id = devices.recognise(cookie, 'ada@example.com');
  expect(id).toMatch(/^[\w-]{22}$/);
  expect(devices.recognise(devices.issue('ada@example.com', id), 'ada@example.com')).toBe(id);
  expect(cookie.toLowerCase()).not.toContain('ada');
});

it('recognises it for no other account, no other deployment, and not for longer than its time', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const cookie = devices.issue('ada@example.com', undefined);
  expect(devices.recognise(cookie, 'eve@example.com')).toBeUndefined();
  const elsewhere = new KnownDevices('another-secret-of-at-least-32-characters');
  expect(elsewhere.recognise(cookie, 'ada@example.com')).toBeUndefined();
  vi.setSystemTime(Date.now() + (DEVICE_LIFETIME_SECONDS + 1) * 1000);
  expect(devices.recognise(cookie, 'ada@example.com')).toBeUndefined();
});

it('takes nothing that was changed or made up', () => {
  const cookie = devices.issue('ada@example.com', undefined);
  const [id = '', expires = '', signature = ''] = cookie.split('.');
  for (const forged of [
    `${'A'.repeat(22)}.${expires}.${signature}`,
    `${id}.${Number(expires) + 1}.${signature}`,
    `${id}.${expires}.${'A'.repeat(43)}`,
    `${id}.${expires}`,
    '',
    null,
  ])
    expect(devices.recognise(forged, 'ada@example.com'), String(forged)).toBeUndefined();
});
