import type { Command } from 'commander';
export function addTestCommand(program: Command): void {
  program.command('test').action(() => undefined);
}
