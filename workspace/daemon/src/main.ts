import { startDaemon } from './app/app.ts';
import { type DaemonConfig, loadConfig } from './config.ts';
import { runFilesProcess } from './files-process/files-process.ts';
import { createLogger, type Logger } from './logging/logger.ts';
import { ensureUser } from './user/ensure-user.ts';

const STOP_TIMEOUT_MS = 9_000;

async function main(): Promise<void> {
  const config = loadConfig(process.argv);
  const logger = createLogger(config.role, process.stdout);
  // What the daemon holds (shells, running commands) is lost when it exits, so a stray rejection is logged and lived with. An
  // exception that nobody caught leaves state unknown: the container ends and is started again.
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'process.unhandled_rejection'));
  process.on('uncaughtException', (error) => {
    logger.error({ err: error }, 'process.crashed');
    process.exit(1);
  });
  if (config.role === 'files') await runFilesProcess(config, logger);
  else await runDaemon(config, logger);
}

async function runDaemon(config: DaemonConfig, logger: Logger): Promise<void> {
  process.title = 'podex-daemon';
  if (config.ownsSystem) {
    const { user, homePath, imageEnvironment } = config;
    ensureUser({ user, homePath, imagePath: imageEnvironment.PATH, logger });
  }
  const daemon = await startDaemon(config, logger);
  logger.info({ version: config.version, startup_ms: Math.round(performance.now()) }, 'daemon.started');
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ signal }, 'daemon.stopping');
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    daemon.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'daemon.stop_failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
