import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import { type CliConfig, loadCliConfig } from '../config.ts';
import { runDetached } from '../platform/detached.ts';
import { reportToParent } from '../platform/parent-report.ts';
import { hasModel, readyText } from '../platform/ready-text.ts';
import { type RunOutcome, runPlatform } from '../platform/run-platform.ts';
import { onStopSignals } from '../platform/stop-signals.ts';
import { createProgress } from '../progress/create-progress.ts';
import { findSupervisor, type SupervisorRecord } from '../state/run-records.ts';

interface UpOptions {
  detach?: boolean;
  demoModel?: boolean;
  host?: string;
  reportToParent?: boolean;
}

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description('start everything on this machine and keep it running until Ctrl-C')
    .option('-d, --detach', 'give the terminal back once everything is healthy')
    .option('--demo-model', 'a scripted demo in place of a model, to look around')
    .option('--host <address>', 'address that page and api listen on (default 127.0.0.1)')
    .addOption(program.createOption('--report-to-parent').hideHelp())
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const config = withHost(loadCliConfig(), options.host);
  const running = await findSupervisor(config.home);
  if (running) return tellRunning(running);
  if (options.detach) {
    const outcome = await runDetached(config, options, createProgress(process.stdout, process.env));
    process.stdout.write(`${outcome.lines.join('\n')}\n`);
    return;
  }
  return options.reportToParent ? superviseForParent(config, options) : superviseHere(config, options);
}

async function superviseHere(config: CliConfig, options: UpOptions): Promise<void> {
  const progress = createProgress(process.stdout, process.env);
  using signals = onStopSignals((line) => progress.note(line));
  const outcome = await runPlatform(
    {
      config,
      demoModel: options.demoModel ?? false,
      progress,
      onEvent: (line) => progress.note(line),
      onReady: (ready) => {
        const lines = readyText(ready, {
          hasModel: hasModel(config.operator.values),
          isDetached: false,
          isFrontendSet: config.operator.values.FRONTEND_URL !== undefined,
        });
        progress.note(lines.join('\n'));
      },
    },
    signals,
  );
  end(outcome);
}

/** In the background: progress goes to the process that started this one, events to this one's log. */
async function superviseForParent(config: CliConfig, options: UpOptions): Promise<void> {
  const parent = reportToParent();
  using signals = onStopSignals((line) => parent.progress.note(line));
  try {
    const outcome = await runPlatform(
      {
        config,
        demoModel: options.demoModel ?? false,
        progress: parent.progress,
        onEvent: (line) => console.log(`${new Date().toISOString()} ${line}`),
        onReady: (ready) =>
          parent.ready(
            readyText(ready, {
              hasModel: hasModel(config.operator.values),
              isDetached: true,
              isFrontendSet: config.operator.values.FRONTEND_URL !== undefined,
            }),
          ),
      },
      signals,
    );
    if (outcome.kind === 'already-running') parent.ready(runningLines(outcome.record));
    else if (!outcome.wasUp) process.exitCode = EXIT.interrupted;
  } catch (error) {
    parent.fail(error);
  }
}

function end(outcome: RunOutcome): void {
  if (outcome.kind === 'already-running') {
    console.log(runningLines(outcome.record).join('\n'));
    return;
  }
  if (!outcome.wasUp) process.exitCode = EXIT.interrupted;
}

function tellRunning(record: SupervisorRecord): void {
  console.log(runningLines(record).join('\n'));
}

function runningLines(record: SupervisorRecord | undefined): string[] {
  if (!record) return ['Podex is being started by another process.'];
  if (record.phase === 'running') return [`Podex runs already (pid ${record.pid}): ${record.url}`];
  return [`Podex is ${record.phase} (pid ${record.pid}): podex status`];
}

function withHost(config: CliConfig, host: string | undefined): CliConfig {
  if (host === undefined) return config;
  if (host.trim() === '') {
    throw new CliError('--host needs an address', { cure: '--host 0.0.0.0', exitCode: EXIT.usage });
  }
  return { ...config, host };
}
