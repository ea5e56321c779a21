import { readdir } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { followLog, readLastLines } from '../logs/follow-log.ts';
import { logFile } from '../platform/processes.ts';
import { onStopSignals } from '../platform/stop-signals.ts';
import type { PodexHome } from '../state/podex-home.ts';

interface LogsOptions {
  follow?: boolean;
  lines: number;
}

export function addLogsCommand(program: Command): void {
  program
    .command('logs')
    .description('what the services wrote')
    .argument('[service]', 'api, compute, agent, web, postgres, supervisor or demo-model; all when left out')
    .option('-f, --follow', 'go on with what is written from now on')
    .option('-n, --lines <count>', 'how many of the last lines of each', parseCount, 50)
    .action(logs);
}

async function logs(service: string | undefined, { follow, lines }: LogsOptions): Promise<void> {
  const { home } = loadCliConfig();
  const names = await chooseLogs(home, service);
  const print = linePrinter(names);
  for (const name of names) {
    for (const line of await readLastLines(logFile(home, name), lines)) print(name, line);
  }
  if (!follow) return;
  using signals = onStopSignals(() => undefined);
  await Promise.all(
    names.map(async (name) => {
      for await (const line of followLog(logFile(home, name), signals.stop)) print(name, line);
    }),
  );
}

/** @throws CliError for a name that has no log. */
async function chooseLogs(home: PodexHome, service: string | undefined): Promise<string[]> {
  const files = await readdir(home.logsDirectory).catch(() => []);
  const names = files.filter((file) => file.endsWith('.log')).map((file) => file.slice(0, -'.log'.length));
  if (names.length === 0) {
    throw new CliError(`there are no logs in ${home.logsDirectory}`, {
      cure: 'podex up',
      exitCode: EXIT.notRunning,
    });
  }
  if (service === undefined) return names.sort();
  if (names.includes(service)) return [service];
  throw new CliError(`there is no log of '${service}'`, {
    cure: `there are: ${names.sort().join(', ')}`,
    exitCode: EXIT.usage,
  });
}

/** With several logs each line says whose it is. */
function linePrinter(names: readonly string[]): (name: string, line: string) => void {
  if (names.length === 1) return (_name, line) => console.log(line);
  const width = Math.max(...names.map((name) => name.length));
  return (name, line) => console.log(`${name.padEnd(width)} | ${line}`);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0) return count;
  throw new InvalidArgumentError('must be a whole number');
}
