import {
  DAEMON_PROTOCOL,
  DAEMON_RUNTIME_BASE,
  daemonHealth,
  daemonSettingsTaken,
} from '@podex/contracts/internal/daemon';
import { expect, it } from 'vitest';
import { SILENT_BUILD, standingOf } from './daemon-standing.ts';

const OWN = 'aaaa';
const build = {
  version: 'bbbb',
  protocol: DAEMON_PROTOCOL,
  runtime_base: DAEMON_RUNTIME_BASE,
  next_version: null,
  upgrade_failed: null,
};

it.each([
  ['runs our version', { version: OWN }, 'current'],
  ['is of another version on a volume like ours', {}, 'offer'],
  ['is older in what can be asked of it', { protocol: 1 }, 'offer'],
  ['was sent ours already', { next_version: OWN }, 'at_next_start'],
  ['was sent another’s', { next_version: 'cccc' }, 'offer'],
  ['runs ours and was sent another’s', { version: OWN, next_version: 'cccc' }, 'at_next_start'],
  ['could not run ours', { upgrade_failed: OWN }, 'needs_rebuild'],
  ['could not run another’s', { upgrade_failed: 'cccc' }, 'offer'],
  ['stands on another runtime', { runtime_base: DAEMON_RUNTIME_BASE + 1 }, 'needs_rebuild'],
  ['is newer than we are', { protocol: DAEMON_PROTOCOL + 1 }, 'current'],
] as const)('a daemon that %s', (_what, differs, standing) => {
  expect(standingOf({ ...build, ...differs }, OWN)).toBe(standing);
});

it('a daemon that says nothing of itself takes no code, and is understood all the same', () => {
  const health = { ok: true, version: 'bbbb', uptime_seconds: 1, terminals: 0, running_commands: 0 };
  expect(standingOf(daemonHealth.parse(health), OWN)).toBe('needs_rebuild');
  expect(standingOf(SILENT_BUILD, OWN)).toBe('needs_rebuild');
  expect(daemonSettingsTaken.parse(undefined)).toEqual({ has_new_storage: false });
  expect(daemonSettingsTaken.parse({ has_new_storage: true })).toEqual({ has_new_storage: true });
});
