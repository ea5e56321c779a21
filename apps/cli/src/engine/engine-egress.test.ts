import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { applyEgressPolicy, egressRules, readResolvers } from './engine-egress.ts';

describe('the egress policy', () => {
  it('lets names be asked before it refuses the network that the resolver is in', () => {
    const lines = egressRules(['10.0.0.53']).split('\n');
    const resolver = lines.indexOf('-A PODEX-EGRESS -d 10.0.0.53 -p udp --dport 53 -j RETURN');
    const refusal = lines.indexOf('-A PODEX-EGRESS -d 10.0.0.0/8 -j REJECT');
    expect(resolver).toBeGreaterThan(0);
    expect(refusal).toBeGreaterThan(resolver);
  });

  it('refuses the metadata service and the machine itself', () => {
    const rules = egressRules([]);
    expect(rules).toContain('-A PODEX-EGRESS -d 169.254.0.0/16 -j REJECT');
    expect(rules).toContain('-A PODEX-INPUT -j REJECT');
  });

  it('adds only the jumps that are not there yet', async () => {
    const calls: string[] = [];
    await applyEgressPolicy({
      fromContainers: ['-i', 'podex-1'],
      resolvers: [],
      run: async (command, args) => {
        const line = [command, ...args].join(' ');
        calls.push(line);
        if (line.includes('--check INPUT')) throw new Error('no such rule');
      },
    });
    expect(calls).toEqual([
      'iptables-restore --noflush --wait 10',
      'iptables --wait 10 --check DOCKER-USER -i podex-1 -j PODEX-EGRESS',
      'iptables --wait 10 --check INPUT -i podex-1 -j PODEX-INPUT',
      'iptables --wait 10 --insert INPUT -i podex-1 -j PODEX-INPUT',
    ]);
  });

  it('knows the resolvers that containers can reach', async () => {
    const directory = temporaryFolder('resolvers');
    const file = path.join(directory, 'resolv.conf');
    await writeFile(
      file,
      '# nameserver 9.9.9.9\nnameserver 127.0.0.53\nnameserver 10.1.2.3\nnameserver fd00::1\n',
    );
    expect(await readResolvers(file)).toEqual(['10.1.2.3']);
    await rm(directory, { recursive: true, force: true });
  });
});
