import { newId } from '@podex/contracts/ids';
import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { expect, it } from 'vitest';
import { CONNECTION_LIMITS, type ConnectionKind, ConnectionRegistry } from './connection-registry.ts';

const settings = { values: DEFAULT_SETTINGS };
const connection = (what: ConnectionKind, id = 'tok_1') => ({
  credential: { kind: 'token', id, userId: newId('user'), role: 'user', scopes: ['workspaces'] } as const,
  what,
  address: '203.0.113.7',
  close: () => undefined,
});
const KINDS = ['live_socket', 'event_stream', 'terminal', 'forwarded', 'call', 'subscription'] as const;

it('holds nothing after a thousand connections of each kind, each ended twice', () => {
  const registry = new ConnectionRegistry(settings);
  for (const what of KINDS) {
    for (let count = 0; count < 1_000; count += 1) {
      const registered = registry.register(connection(what));
      registered[Symbol.dispose]();
      registered[Symbol.dispose]();
    }
  }
  expect([registry.size, registry.counters]).toEqual([0, 0]);
});

it('holds nothing of a connection that it refused', () => {
  const registry = new ConnectionRegistry(settings);
  const one = connection('terminal');
  const open = Array.from({ length: CONNECTION_LIMITS.longLivedPerCredential }, () => registry.register(one));
  expect(() => registry.register(one)).toThrow('This session or token has 64');
  expect(registry.size).toBe(CONNECTION_LIMITS.longLivedPerCredential);
  for (const registered of open) registered[Symbol.dispose]();
  expect([registry.size, registry.counters]).toEqual([0, 0]);
});
