export type EngineErrorCode =
  | 'engine_forbidden'
  | 'engine_host_unsupported'
  | 'engine_install_failed'
  | 'engine_install_needs_root'
  | 'engine_install_unsupported'
  | 'engine_missing'
  | 'engine_start_failed'
  | 'engine_stop_failed'
  | 'engine_unreachable'
  | 'runsc_missing'
  | 'runsc_registration_failed';

/**
 * Something about this machine's Docker engine that a person has to put right.
 * `message` says the cause in one line, `commands` are what to run, as they are.
 */
export class EngineError extends Error {
  readonly code: EngineErrorCode;
  readonly commands: readonly string[];

  constructor(
    code: EngineErrorCode,
    message: string,
    options: { commands?: string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'EngineError';
    this.code = code;
    this.commands = options.commands ?? [];
  }
}
