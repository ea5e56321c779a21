import { expect, it } from 'vitest';
import { commandAs } from './process-user.ts';

const command = { program: 'node', arguments: ['main.ts'] };
const user = { name: 'podex-web', uid: 992, gid: 991, home: '/nonexistent', groups: [], bindsLowPort: false };

it('a process without a user of its own is started as it is', () => {
  expect(commandAs(undefined, command)).toEqual(command);
});

it('a process of another user gets its groups and nothing else', () => {
  expect(commandAs(user, command).arguments).toEqual([
    '--reuid=992',
    '--regid=991',
    '--clear-groups',
    '--no-new-privs',
    '--inh-caps=-all',
    '--ambient-caps=-all',
    '--',
    'node',
    'main.ts',
  ]);
  expect(commandAs({ ...user, groups: [105, 7] }, command).arguments).toContain('--groups=105,7');
});

it('only a process on a low port keeps the right to listen there', () => {
  const { arguments: arguments_ } = commandAs({ ...user, bindsLowPort: true }, command);
  expect(arguments_.filter((argument) => argument.includes('caps'))).toEqual([
    '--inh-caps=-all,+net_bind_service',
    '--ambient-caps=-all,+net_bind_service',
  ]);
});
