import type { Server } from '@podex/contracts/servers';
import { expect, it } from 'vitest';
import { restartWords } from './restart-words.ts';

const of = (live_restore: boolean | undefined): Pick<Server, 'facts'> => ({
  facts: {
    engine_version: '29.0.0',
    api_version: '1.52',
    kernel_version: '6.8',
    operating_system: 'Debian',
    architecture: 'x86_64',
    cpus: 8,
    memory_mb: 16_384,
    sandbox_kernel: 'gVisor',
    quota: 'none',
    clock_skew_ms: 0,
    ...(live_restore === undefined ? {} : { live_restore }),
  },
});

it('promises that workspaces continue only where that is known', () => {
  expect(restartWords(of(true))).toBe('Workspaces continue to run.');
  expect(restartWords(of(false))).toMatch(/off there, so running workspaces are interrupted/);
  for (const unknown of [of(undefined), { facts: null }]) expect(restartWords(unknown)).toMatch(/ if Docker/);
});
