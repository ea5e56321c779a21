import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** Names whose values never reach a log line, wherever they stand. */
const SECRET_PATHS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'api_key',
  'env',
  'lease_token',
];

export interface LoggerOptions {
  service: string;
  level: string;
  /** Standard output when left out. */
  destination?: DestinationStream;
}

/** JSON lines, one event a line: `log.info({ workspace_id, duration_ms }, 'workspace.start')`. Values go into fields, not into the message. */
export function createLogger(options: LoggerOptions): Logger {
  const paths = SECRET_PATHS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: '[secret]' },
    },
    options.destination ?? pino.destination({ fd: 1, sync: false }),
  );
}
