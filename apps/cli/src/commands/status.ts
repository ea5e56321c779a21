import type { Command } from 'commander';
import { EXIT } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { isWell, type PlatformStatus, readPlatformStatus } from '../platform/platform-status.ts';
import { formatDuration } from '../progress/progress.ts';

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('what runs, and whether it is well (exit code 0: all is well, 1: not all, 3: nothing runs)')
    .option('--json', 'for programs')
    .action(status);
}

async function status({ json }: { json?: boolean }): Promise<void> {
  const config = loadCliConfig();
  const platform = await readPlatformStatus(config);
  const home = config.home.directory;
  console.log(json ? JSON.stringify(statusDocument(platform, home), null, 2) : statusText(platform, home));
  if (isWell(platform)) return;
  process.exitCode = platform.supervisor ? EXIT.failed : EXIT.notRunning;
}

/** What `--json` prints. */
function statusDocument(platform: PlatformStatus, home: string): Record<string, unknown> {
  const { supervisor, services, engine, isDatabaseRunning } = platform;
  return {
    ok: isWell(platform),
    home,
    url: supervisor?.url ?? null,
    supervisor: supervisor
      ? { pid: supervisor.pid, phase: supervisor.phase, started_at: supervisor.started_at }
      : null,
    database: {
      kind: isDatabaseRunning === undefined ? 'external' : 'embedded',
      running: isDatabaseRunning ?? null,
    },
    engine: engine
      ? {
          socket: engine.socketPath,
          version: engine.version,
          runsc: 'runsc' in engine.runtimes,
          owner: engine.owner,
        }
      : null,
    services: services.map(({ name, state, pid, user, port, restarts, problem, health }) => ({
      name,
      state,
      pid: pid ?? null,
      user: user ?? null,
      port,
      restarts,
      problem: problem ?? null,
      dependencies: health?.dependencies ?? {},
    })),
  };
}

function statusText(
  { supervisor, services, engine, isDatabaseRunning }: PlatformStatus,
  home: string,
): string {
  const hasLeftovers = isDatabaseRunning || services.some(({ pid }) => pid !== undefined);
  const head = supervisor
    ? `Podex ${supervisor.phase === 'running' ? 'runs' : `is ${supervisor.phase}`} at ${supervisor.url} (${formatDuration(
        Date.now() - Date.parse(supervisor.started_at),
      )}, home ${home})`
    : `Podex does not run (home ${home})${hasLeftovers ? ', but parts of it do: podex down clears up' : ''}`;
  const rows = [
    ...services.map(({ name, state, pid, user, port, restarts, problem }) => [
      name,
      state,
      pid === undefined ? '' : `pid ${pid}`,
      `port ${port}`,
      user === undefined ? '' : `as ${user}`,
      [problem ?? '', restarts > 0 ? `started again ${restarts}×` : '']
        .filter((text) => text !== '')
        .join('; '),
    ]),
    ['database', databaseState(isDatabaseRunning), '', '', '', ''],
    ['engine', engine ? `answers, ${engine.version}` : 'not found', '', '', '', engine?.socketPath ?? ''],
  ];
  return [head, ...formatRows(rows)].join('\n');
}

function databaseState(isRunning: boolean | undefined): string {
  if (isRunning === undefined) return 'your own';
  return isRunning ? 'runs' : 'not running';
}

function formatRows(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}
