import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { hostArchitecture } from '../../build/bundle.ts';
import { forkServerProgram } from '../../build/machine-code/fork-server-program.ts';
import { createLogger } from '../logging/logger.ts';
import { ForkServer } from '../spawning/fork-server.ts';
import { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';

export interface TestForkServer {
  forkServer: ForkServer;
  stop: () => void;
}

/** The real program, started by this process. */
export function startTestForkServer(): TestForkServer {
  const program = path.join(temporaryFolder('fork-server'), 'fork-server');
  writeFileSync(program, forkServerProgram(hostArchitecture()), { mode: 0o755 });
  const forkServer = new ForkServer({
    program,
    isStarted: false,
    inherited: new InheritedDescriptors(),
    logger: createLogger('daemon', { write: () => undefined }),
  });
  return { forkServer, stop: () => forkServer.stop() };
}
