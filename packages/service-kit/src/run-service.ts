import type { Logger } from './logger.ts';
import { collectStartGarbage } from './start-garbage.ts';
import { ConfigError } from './variables.ts';

export interface RunningService {
  logger: Logger;
  /** Says where it listens. */
  port: number;
  /** Lets go of everything; called once, on SIGTERM or SIGINT. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 20_000;

/**
 * The life of a service process: start, stop on a signal, leave with a code that a supervisor understands
 * (0 stopped as asked, 1 failed, 78 wrong configuration: starting again is of no use).
 */
export async function runService(start: () => Promise<RunningService>): Promise<void> {
  let service: RunningService;
  try {
    service = await start();
  } catch (error) {
    const isConfig = error instanceof ConfigError;
    process.stderr.write(`${isConfig ? error.message : describe(error)}\n`);
    process.exit(isConfig ? 78 : 1);
  }
  service.logger.info({ port: service.port }, 'service.started');
  collectStartGarbage();
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    service.logger.info({ signal }, 'service.stopping');
    const force = setTimeout(() => process.exit(1), STOP_TIMEOUT_MS);
    force.unref();
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        service.logger.error({ err: error }, 'service.stop_failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A bug that nobody caught leaves state unknown; the durable truth is elsewhere, so a fresh process is the safe way on.
  process.on('unhandledRejection', (error) => crash(service, error));
  process.on('uncaughtException', (error) => crash(service, error));
}

function crash(service: RunningService, error: unknown): void {
  service.logger.fatal({ err: error }, 'service.crashed');
  process.exit(1);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
