import type { Command } from 'commander';
import { loadCliConfig } from '../config.ts';
import { stopEngine } from '../engine/start-engine.ts';
import { stopPlatformFromOutside } from '../platform/stop-from-outside.ts';
import { createProgress } from '../progress/create-progress.ts';
import { inStep } from '../progress/progress.ts';

export function addDownCommand(program: Command): void {
  program
    .command('down')
    .description('stop everything but the engine and the workspaces')
    .option('--engine', "also stop Podex's own engine; its containers go on running")
    .action(down);
}

async function down({ engine }: { engine?: boolean }): Promise<void> {
  const { home } = loadCliConfig();
  const progress = createProgress(process.stdout, process.env);
  const outcome = await inStep(progress, 'Stopping', () => stopPlatformFromOutside(home), describeOutcome);
  if (engine) {
    await inStep(progress, 'Stopping the engine', () => stopEngine({ podexHome: home.directory }));
  }
  if (outcome === 'not running' && !engine) console.log(`Podex does not run (home ${home.directory}).`);
}

function describeOutcome(outcome: Awaited<ReturnType<typeof stopPlatformFromOutside>>): string {
  return outcome === 'stopped' ? 'workspaces go on running' : outcome;
}
