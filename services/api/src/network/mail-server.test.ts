import { describe, expect, it } from 'vitest';
import { needsTls, parseMailAddress, parseMailServer } from './mail-server.ts';

describe('the address of a mail server', () => {
  it.each([
    ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, isSecure: false, login: undefined }],
    ['smtp://127.0.0.1:2525', { host: '127.0.0.1', port: 2525, isSecure: false, login: undefined }],
    ['smtps://[::1]:4650/', { host: '::1', port: 4650, isSecure: true, login: undefined }],
    [
      'smtps://podex%40example.com:p%3Aw@mail.example.com',
      {
        host: 'mail.example.com',
        port: 465,
        isSecure: true,
        login: { user: 'podex@example.com', password: 'p:w' },
      },
    ],
  ])('is read from %s', (given, expected) => {
    expect(parseMailServer(given)).toEqual(expected);
  });

  it.each([
    'https://mail.example.com',
    'mail.example.com:587',
    'smtp://',
    'smtp://user@mail.example.com',
    'smtp://mail.example.com/inbox',
    'smtp://mail.example.com?tls.rejectUnauthorized=false',
    'smtp://user:%ff@mail.example.com',
  ])('is refused: %s', (given) => {
    expect(parseMailServer(given)).toBeUndefined();
  });

  it('demands encryption where a password would cross a network', () => {
    const login = { user: 'u', password: 'p' };
    expect(needsTls({ host: 'mail.example.com', login })).toBe(true);
    expect(needsTls({ host: '127.0.0.1', login })).toBe(false);
    expect(needsTls({ host: 'mail.example.com', login: undefined })).toBe(false);
  });
});

describe('the sender', () => {
  it.each([
    ['podex@example.com', { name: '', address: 'podex@example.com' }],
    ['Podex <podex@example.com>', { name: 'Podex', address: 'podex@example.com' }],
    ['"Podex, at work" <podex@example.com>', { name: 'Podex, at work', address: 'podex@example.com' }],
  ])('is read from %s', (given, expected) => {
    expect(parseMailAddress(given)).toEqual(expected);
  });

  it.each(['Podex', 'a@b@c', 'a@example.com, b@example.com', 'a@example.com\r\nBcc: x@example.com', '<>'])(
    'is refused: %j',
    (given) => {
      expect(parseMailAddress(given)).toBeUndefined();
    },
  );
});
