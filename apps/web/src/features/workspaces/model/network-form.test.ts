import { expect, it } from 'vitest';
import { readNetworkForm, readNewNetworkForm } from './network-form.ts';

it('reads a list, one destination on each line', () => {
  expect(readNetworkForm('allow_list', ' Registry.npmjs.org:443 \n\n203.0.113.0/24\n')).toEqual({
    policy: { mode: 'allow_list', allow: ['registry.npmjs.org:443', '203.0.113.0/24'] },
  });
});

it('leaves the list out where it does not count', () => {
  expect(readNetworkForm('deny_all', 'a.example')).toEqual({ policy: { mode: 'deny_all', allow: [] } });
});

it('says which line is wrong', () => {
  expect(readNetworkForm('allow_list', 'a.example\n*.example')).toEqual({
    problem: expect.stringMatching(/^Line 2 must be a host name/),
  });
});

it('leaves a new workspace to the default', () => {
  expect(readNewNetworkForm('default', 'a.example')).toEqual({ policy: undefined });
  expect(readNewNetworkForm('deny_all', '')).toEqual({ policy: { mode: 'deny_all', allow: [] } });
  expect(readNewNetworkForm('allow_list', '*.example')).toHaveProperty('problem');
});
