import { startDaemon } from './app/app.ts';
import { runCheckpointsProcess } from './checkpoints/checkpoints-process.ts';
import { type DaemonConfig, loadConfig } from './config.ts';
import { runFilesProcess } from './files-process/files-process.ts';
import { LogOutput } from './logging/log-output.ts';
import { createLogger, type Logger } from './logging/logger.ts';
import { ensureUser } from './user/ensure-user.ts';

const STOP_TIMEOUT_MS = 9_000;
const STDOUT = 1;
/** How long the last lines of the log may keep the process from its end. */
const LAST_LINES_MS = 500;

const output = new LogOutput(STDOUT);

async function main(): Promise<void> {
  const config = loadConfig(process.argv);
  const logger = createLogger(config.role, output);
  // What the daemon holds (shells, running commands) is lost when it exits, so a stray rejection is logged and lived with. An
  // exception that nobody caught leaves state unknown: the container ends and is started again.
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'process.unhandled_rejection'));
  process.on('uncaughtException', (error) => {
    logger.error({ err: error }, 'process.crashed');
    end(1);
  });
  if (config.role === 'files') await runFilesProcess(config, logger);
  else if (config.role === 'checkpoints') await runCheckpointsProcess(config, logger);
  else await runDaemon(config, logger);
}

async function runDaemon(config: DaemonConfig, logger: Logger): Promise<void> {
  process.title = 'podex-daemon';
  if (config.ownsSystem) {
    const { user, homePath, imageEnvironment } = config;
    ensureUser({ user, homePath, imagePath: imageEnvironment.PATH, logger });
  }
  const daemon = await startDaemon(config, logger);
  const { upgradeFailed } = config;
  if (upgradeFailed !== undefined) logger.error({ version: upgradeFailed }, 'daemon.upgrade_failed');
  logger.info({ version: config.version, startup_ms: Math.round(performance.now()) }, 'daemon.started');
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ signal }, 'daemon.stopping');
    setTimeout(() => end(1), STOP_TIMEOUT_MS).unref();
    daemon.stop().then(
      () => end(0),
      (error: unknown) => {
        logger.error({ err: error }, 'daemon.stop_failed');
        end(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** With a line that nobody takes, a thread waits, and an orderly exit would wait for that. */
function end(code: number): void {
  output.finish(LAST_LINES_MS, (isWritten) => {
    if (isWritten) process.exit(code);
    process.kill(process.pid, 'SIGKILL');
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
