import { runCommand } from '../testbed/run-command.ts';
import { requireTestEngine } from './test-engine.ts';

/** Docker’s own client at the engine of the tests, as an operator has it. @returns what it printed. */
export function docker(args: string[], input?: string): Promise<string> {
  const env = { DOCKER_HOST: `unix://${requireTestEngine()}` };
  return runCommand('docker', args, { env, ...(input === undefined ? {} : { input }) });
}
