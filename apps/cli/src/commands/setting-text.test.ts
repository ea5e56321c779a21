import { DEFAULT_SETTINGS, SETTING_KEYS } from '@podex/contracts/settings';
import { describe, expect, it } from 'vitest';
import { formatSetting, parseSetting } from './setting-text.ts';

describe('parseSetting', () => {
  it.each([
    ['registration', 'open', 'open'],
    ['registration', 'default', null],
    ['max_workspaces_per_user', '7', 7],
    ['allowed_images', 'debian:12, ghcr.io/acme/*', ['debian:12', 'ghcr.io/acme/*']],
    ['allowed_images', 'none', []],
    ['mail_on_waiting_approval', 'false', false],
  ])('%s %s', (key, text, value) => {
    expect(parseSetting(key, text)).toEqual({ key, value });
  });

  it.each([
    ['registration', 'anyone'],
    ['max_workspaces_per_user', 'many'],
    ['max_workspaces_per_user', ''],
    ['allowed_images', '127.0.0.1:5000/*'],
    ['mail_on_waiting_approval', 'maybe'],
    ['toString', 'x'],
  ])('refuses %s %s', (key, text) => {
    expect(() => parseSetting(key, text)).toThrow();
  });

  it('reads what the table shows', () => {
    for (const key of SETTING_KEYS) {
      expect(parseSetting(key, formatSetting(DEFAULT_SETTINGS[key]))).toEqual({
        key,
        value: DEFAULT_SETTINGS[key],
      });
    }
  });
});
