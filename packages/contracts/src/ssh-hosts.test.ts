import { describe, expect, it } from 'vitest';
import { newId } from './ids.ts';
import { sshHostsOf } from './ssh-hosts.ts';

const hostsOf = (...names: string[]) => {
  const workspaces = names.map((name) => ({ id: newId('workspace'), name }));
  const hosts = sshHostsOf(workspaces);
  return workspaces.map(({ id }) => [hosts.get(id), id.slice(-6)]);
};

describe('the name of a workspace in an SSH client', () => {
  it('is its own name, as a host name has it', () => {
    expect(hostsOf('shop', 'My Café (2)', '--x;rm -rf ~\n').map(([host]) => host)).toEqual([
      'shop.podex',
      'my-cafe-2.podex',
      'x-rm-rf.podex',
    ]);
  });

  it('tells workspaces of one name apart, and names those without a letter', () => {
    const [first, second, third, fourth] = hostsOf('Shop', 'shop', '店', '*');
    for (const [host, end] of [first, second] as string[][]) expect(host).toBe(`shop-${end}.podex`);
    for (const [host, end] of [third, fourth] as string[][]) expect(host).toBe(`${end}.podex`);
  });
});
