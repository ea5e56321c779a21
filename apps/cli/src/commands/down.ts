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
  await inStep(progress, 'Stopping', () => stopPlatformFromOutside(home), describeOutcome);
  if (!engine) return;
  await inStep(progress, 'Stopping the engine', () => stopEngine({ podexHome: home.directory }));
}

function describeOutcome(outcome: Awaited<ReturnType<typeof stopPlatformFromOutside>>): string {
  switch (outcome) {
    case 'stopped':
      return 'workspaces go on running';
    case 'cleared up':
      return 'what an earlier start left running';
    case 'not running':
      return 'Podex does not run';
  }
}
