export type LogFields = Readonly<Record<string, unknown>>;
type Level = 'info' | 'warn' | 'error';

/** JSON lines, one event a line. Values go into fields, not into the event’s name; never environment, commands or file contents. */
export type Logger = Readonly<Record<Level, (fields: LogFields, event: string) => void>>;

export interface LogDestination {
  write(line: string): unknown;
}

/** Same shape of lines as the services’ logs; without their library, which would be a sixth of the daemon’s memory. */
export function createLogger(service: string, destination: LogDestination): Logger {
  const log = (level: Level) => (fields: LogFields, event: string) => {
    const entry = { level, time: new Date().toISOString(), service, ...describeErrors(fields), msg: event };
    destination.write(`${JSON.stringify(entry)}\n`);
  };
  return { info: log('info'), warn: log('warn'), error: log('error') };
}

function describeErrors(fields: LogFields): LogFields {
  if (!(fields.err instanceof Error)) return fields;
  const { name, message, stack, cause } = fields.err;
  return {
    ...fields,
    err: { type: name, message, stack, ...(cause === undefined ? {} : { cause: String(cause) }) },
  };
}
