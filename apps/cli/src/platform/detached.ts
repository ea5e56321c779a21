import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliConfig } from '../config.ts';
import { rotateLog } from '../logs/log-file.ts';
import type { Progress, ProgressStep } from '../progress/progress.ts';
import { openPodexHome } from '../state/podex-home.ts';
import { type ParentMessage, parentMessage } from './parent-report.ts';
import { logFile } from './processes.ts';

/**
 * Starts the supervisor in a session of its own, shows its progress, and returns once everything is healthy.
 * Until then Ctrl-C stops it; afterwards it does not depend on this process or its terminal.
 *
 * @throws CliError, the supervisor's own.
 */
export async function runDetached(
  config: CliConfig,
  options: { demoModel?: boolean; host?: string },
  progress: Progress,
): Promise<{ lines: string[] }> {
  await openPodexHome(config.home);
  const file = logFile(config.home, 'supervisor');
  await rotateLog(file);
  await using log = await open(file, 'a', 0o600);
  const main = process.argv[1];
  if (main === undefined) throw new Error('the program has no name');
  const child = spawn(
    process.execPath,
    [
      main,
      'up',
      '--report-to-parent',
      ...(options.demoModel ? ['--demo-model'] : []),
      ...(options.host === undefined ? [] : ['--host', options.host]),
    ],
    {
      detached: true,
      cwd: '/',
      env: { ...process.env, PODEX_HOME: config.home.directory },
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
    },
  );
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = true;
    child.kill('SIGINT');
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await followStart(child, progress, file);
  } catch (error) {
    throw isInterrupted
      ? new CliError('stopped before everything was up', { exitCode: EXIT.interrupted })
      : error;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function followStart(child: ChildProcess, progress: Progress, file: string): Promise<{ lines: string[] }> {
  let step: ProgressStep | undefined;
  return new Promise((resolve, reject) => {
    const onMessage = (message: ParentMessage) => {
      switch (message.type) {
        case 'step':
          step = progress.step(message.title);
          return;
        case 'update':
          step?.update(message.detail);
          return;
        case 'done':
          step?.done(message.detail);
          return;
        case 'failed_step':
          step?.fail();
          return;
        case 'note':
          progress.note(message.line);
          return;
        case 'ready':
          resolve({ lines: message.lines });
          return;
        case 'failed':
          reject(new CliError(message.message, { cure: message.cure, exitCode: message.exit_code }));
          return;
      }
    };
    child.on('message', (message) => onMessage(parentMessage.parse(message)));
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new CliError(`the supervisor ended (exit code ${code})`, { cure: `see ${file}` })),
    );
  });
}
