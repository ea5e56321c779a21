import { z } from 'zod';
import { placementRefusal } from './placement.ts';

/** Whether trying again can help: `never` (change the request), `later` (same request, after a pause). */
export type RetryAdvice = 'never' | 'later';

interface ErrorDefinition {
  status: number;
  retry: RetryAdvice;
  /** What a program may rely on besides the code. */
  context: z.ZodObject;
}

const none = z.object({});
const reason = z.object({ reason: z.string() });

function define<const Table extends Record<string, ErrorDefinition>>(table: Table): Table {
  return table;
}

/**
 * Every error that crosses a process boundary: HTTP status, retry advice and the shape of its context in one row.
 * A code never changes its meaning; clients decide on `code`, never on `message`.
 */
export const ERROR_TABLE = define({
  invalid_request: {
    status: 400,
    retry: 'never',
    context: z.object({ issues: z.array(z.string()).optional() }),
  },
  /** Of the most common ones, or the person’s own address or name. */
  password_too_common: { status: 400, retry: 'never', context: z.object({ field: z.string() }) },
  /** The four of RFC 8628 §3.5. */
  authorization_pending: { status: 400, retry: 'later', context: z.object({ interval_seconds: z.number() }) },
  slow_down: { status: 400, retry: 'later', context: z.object({ interval_seconds: z.number() }) },
  access_denied: { status: 400, retry: 'never', context: none },
  /** Too old, used already or never there: nobody learns which. */
  expired_token: { status: 400, retry: 'never', context: none },
  /** Of a server that joins: what its request for a certificate asks for is not given. */
  certificate_request_not_valid: { status: 400, retry: 'never', context: reason },
  unauthenticated: { status: 401, retry: 'never', context: none },
  invalid_credentials: { status: 401, retry: 'never', context: none },
  email_not_verified: { status: 403, retry: 'never', context: none },
  forbidden: { status: 403, retry: 'never', context: none },
  /** The password again, or a new sign-in, before how one signs in is changed. */
  confirmation_required: { status: 403, retry: 'never', context: none },
  /** The platform’s settings ask for it: until it is set up, only the account can be used. */
  two_factor_required: { status: 403, retry: 'never', context: none },
  origin_not_allowed: { status: 403, retry: 'never', context: z.object({ origin: z.string().optional() }) },
  /** Said only to who has the right password, or acts on a workspace of that user. */
  user_suspended: { status: 403, retry: 'never', context: none },
  image_not_allowed: { status: 403, retry: 'never', context: z.object({ image: z.string() }) },
  not_found: { status: 404, retry: 'never', context: none },
  user_not_found: { status: 404, retry: 'never', context: none },
  workspace_not_found: { status: 404, retry: 'never', context: none },
  team_not_found: { status: 404, retry: 'never', context: none },
  team_member_not_found: { status: 404, retry: 'never', context: none },
  share_not_found: { status: 404, retry: 'never', context: none },
  server_not_found: { status: 404, retry: 'never', context: none },
  conversation_not_found: { status: 404, retry: 'never', context: none },
  turn_not_found: { status: 404, retry: 'never', context: none },
  approval_not_found: { status: 404, retry: 'never', context: none },
  rule_not_found: { status: 404, retry: 'never', context: none },
  invitation_not_found: { status: 404, retry: 'never', context: none },
  /** Used, expired, revoked, for another address or never there: nobody learns which. */
  invitation_not_valid: { status: 404, retry: 'never', context: none },
  /** Of a mail: used, expired or never there. */
  link_not_valid: { status: 404, retry: 'never', context: none },
  join_token_not_found: { status: 404, retry: 'never', context: none },
  /** Used, being used, expired, revoked, or never there: nobody learns which. */
  join_token_not_valid: { status: 404, retry: 'never', context: none },
  secret_not_found: { status: 404, retry: 'never', context: none },
  ssh_key_not_found: { status: 404, retry: 'never', context: none },
  token_not_found: { status: 404, retry: 'never', context: none },
  session_not_found: { status: 404, retry: 'never', context: none },
  device_request_not_found: { status: 404, retry: 'never', context: none },
  /** Nothing has this address: neither a preview nor a workspace. */
  preview_not_found: { status: 404, retry: 'never', context: none },
  terminal_not_found: { status: 404, retry: 'never', context: none },
  command_not_found: { status: 404, retry: 'never', context: none },
  checkpoint_not_found: { status: 404, retry: 'never', context: none },
  file_not_found: { status: 404, retry: 'never', context: z.object({ path: z.string() }) },
  method_not_allowed: {
    status: 405,
    retry: 'never',
    context: z.object({ allow: z.array(z.string()).optional() }),
  },
  conflict: { status: 409, retry: 'never', context: reason.partial() },
  last_admin: { status: 409, retry: 'never', context: none },
  idempotency_key_reused: { status: 409, retry: 'never', context: none },
  address_taken: {
    status: 409,
    retry: 'never',
    context: z.object({ hostname: z.string(), docker_port: z.number().int(), name: z.string() }),
  },
  name_taken: { status: 409, retry: 'never', context: z.object({ name: z.string() }) },
  /** The token is good, and for a server of another name or address. */
  join_token_for_another: { status: 409, retry: 'never', context: z.object({ field: z.string() }) },
  /** The account has it already. */
  ssh_key_exists: { status: 409, retry: 'never', context: z.object({ fingerprint: z.string() }) },
  /** Of the account that wants to connect. */
  ssh_key_missing: { status: 409, retry: 'never', context: none },
  /** The image of the workspace has no sshd. */
  ssh_server_missing: { status: 409, retry: 'never', context: none },
  workspace_changed: { status: 409, retry: 'later', context: none },
  workspace_not_running: {
    status: 409,
    retry: 'later',
    context: z.object({ status: z.string().optional() }),
  },
  server_has_workspaces: { status: 409, retry: 'never', context: z.object({ workspaces: z.number() }) },
  /** Someone has to be able to manage it. */
  last_team_owner: { status: 409, retry: 'never', context: none },
  team_has_workspaces: { status: 409, retry: 'never', context: z.object({ workspaces: z.number() }) },
  turn_already_ended: { status: 409, retry: 'never', context: none },
  lease_lost: { status: 409, retry: 'never', context: none },
  /** The workspace has heard of a newer attempt at the turn, and takes no change of an older one. */
  attempt_superseded: { status: 409, retry: 'never', context: none },
  approval_already_resolved: { status: 409, retry: 'never', context: z.object({ status: z.string() }) },
  /** git said no; its last words are the message. */
  git_failed: {
    status: 409,
    retry: 'never',
    context: z.object({ exit_code: z.number().int().nullable(), output: z.string() }),
  },
  /** What was kept of it can’t be read any more. */
  checkpoint_damaged: { status: 409, retry: 'never', context: none },
  command_body_differs: { status: 409, retry: 'never', context: none },
  file_exists: { status: 409, retry: 'never', context: z.object({ path: z.string() }) },
  file_is_directory: { status: 409, retry: 'never', context: z.object({ path: z.string() }) },
  file_not_directory: { status: 409, retry: 'never', context: z.object({ path: z.string() }) },
  text_not_found: { status: 409, retry: 'never', context: z.object({ path: z.string() }) },
  text_not_unique: {
    status: 409,
    retry: 'never',
    context: z.object({ path: z.string(), count: z.number() }),
  },
  file_changed: {
    status: 412,
    retry: 'never',
    context: z.object({ path: z.string(), etag: z.string().optional() }),
  },
  request_timed_out: { status: 408, retry: 'later', context: z.object({ timeout_ms: z.number() }) },
  too_large: { status: 413, retry: 'never', context: z.object({ max_bytes: z.number() }) },
  unsupported_media_type: { status: 415, retry: 'never', context: z.object({ accepted: z.string() }) },
  range_not_satisfiable: { status: 416, retry: 'never', context: z.object({ size: z.number() }) },
  host_not_allowed: { status: 421, retry: 'never', context: z.object({ host: z.string() }) },
  limit_reached: {
    status: 429,
    retry: 'later',
    context: z.object({ limit: z.string(), max: z.number(), used: z.number().optional() }),
  },
  /** What may be spent on models is spent. */
  budget_exhausted: {
    status: 429,
    retry: 'later',
    context: z.object({ limit: z.string(), max: z.number(), used: z.number(), resets_at: z.iso.datetime() }),
  },
  /** Who has a budget may only use models whose cost is known. */
  model_price_unknown: { status: 409, retry: 'never', context: z.object({ model: z.string() }) },
  rate_limited: { status: 429, retry: 'later', context: z.object({ retry_after_seconds: z.number() }) },
  mail_not_configured: { status: 409, retry: 'never', context: z.object({ variables: z.array(z.string()) }) },
  no_model_configured: { status: 409, retry: 'never', context: z.object({ variables: z.array(z.string()) }) },
  model_not_available: { status: 400, retry: 'never', context: z.object({ model: z.string() }) },
  model_failed: {
    status: 502,
    retry: 'later',
    context: z.object({ provider: z.string().optional(), status: z.number().optional() }),
  },
  no_server_available: {
    status: 503,
    retry: 'later',
    /** None: no server is registered. */
    context: z.object({ refusals: z.array(placementRefusal) }),
  },
  server_unreachable: {
    status: 503,
    retry: 'later',
    context: z.object({
      server_id: z.string().optional(),
      retry_after_seconds: z.number().optional(),
    }),
  },
  server_unfit: { status: 503, retry: 'never', context: reason },
  runtime_not_isolated: { status: 503, retry: 'never', context: z.object({ runtime: z.string() }) },
  image_not_available: { status: 503, retry: 'later', context: z.object({ image: z.string() }) },
  container_failed: { status: 502, retry: 'later', context: reason },
  /** It started, and its first process ended: what it said last is its owner’s. */
  container_ended: { status: 502, retry: 'later', context: reason },
  /** Of a workspace that runs: start the program. */
  port_not_listening: { status: 502, retry: 'later', context: z.object({ port: z.number() }) },
  /** A program in the workspace said something that is no HTTP, or closed the connection. */
  port_broke_off: { status: 502, retry: 'later', context: z.object({ port: z.number() }) },
  /** What was asked for is newer than the daemon of the workspace. `update`: what brings a newer one. */
  daemon_outdated: {
    status: 409,
    retry: 'never',
    context: z.object({ update: z.enum(['at_next_start', 'needs_rebuild']) }),
  },
  daemon_unreachable: { status: 502, retry: 'later', context: reason.partial() },
  service_unavailable: { status: 503, retry: 'later', context: z.object({ service: z.string() }) },
  /** The operator has given api no key to encrypt with. */
  secrets_not_configured: { status: 503, retry: 'never', context: z.object({ variable: z.string() }) },
  /** The operator has given compute no key to keep its certificate authority under. */
  certificates_not_configured: { status: 503, retry: 'never', context: z.object({ variable: z.string() }) },
  /** What lies in its folder cannot be read or used. */
  certificates_unusable: { status: 503, retry: 'never', context: reason },
  disk_full: { status: 507, retry: 'never', context: none },
  timed_out: { status: 504, retry: 'later', context: z.object({ timeout_ms: z.number() }) },
  internal: { status: 500, retry: 'later', context: none },
});

export type ErrorCode = keyof typeof ERROR_TABLE;
export type ErrorContext<Code extends ErrorCode> = z.infer<(typeof ERROR_TABLE)[Code]['context']>;

function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, value);
}

/** The body of every refused request. */
export const errorBody = z
  .object({
    error: z.object({
      code: z.string().meta({ description: 'From the error table; stable.', example: 'workspace_not_found' }),
      message: z.string().meta({ description: 'For people: the cause and the cure. May change.' }),
      context: z.record(z.string(), z.unknown()).optional(),
      request_id: z.string().meta({ description: 'Stands in the logs of every service that took part.' }),
    }),
  })
  .meta({ id: 'Error' });

export type ErrorBody = z.infer<typeof errorBody>;

const MARKER = Symbol.for('dev.podex.error');

/**
 * The one error class that Podex throws on purpose. `message` may be shown to the person who asked: it names the cause and,
 * where there is one, the cure, and never a secret. Detail for the operator goes into `cause`.
 */
export class PodexError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly [MARKER] = true;
  readonly code: Code;
  readonly context: ErrorContext<Code>;

  constructor(code: Code, message: string, context: ErrorContext<Code>, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PodexError';
    this.code = code;
    this.context = context;
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  get retry(): RetryAdvice {
    return ERROR_TABLE[this.code].retry;
  }

  toBody(requestId: string): ErrorBody {
    const context: Record<string, unknown> = { ...this.context };
    return {
      error: {
        code: this.code,
        message: this.message,
        ...(Object.keys(context).length > 0 ? { context } : {}),
        request_id: requestId,
      },
    };
  }

  /** Safe across duplicate copies of this module. */
  static isInstance(value: unknown): value is PodexError {
    return value instanceof Error && MARKER in value;
  }

  static has<Code extends ErrorCode>(value: unknown, code: Code): value is PodexError<Code> {
    return PodexError.isInstance(value) && value.code === code;
  }

  /** The error that another Podex service answered with; `internal` when the body is not one of ours. */
  static fromBody(body: unknown, options?: { cause?: unknown }): PodexError {
    const parsed = errorBody.safeParse(body);
    if (!parsed.success) return new PodexError('internal', 'the service gave no readable error', {}, options);
    const { code, message, context } = parsed.data.error;
    if (!isErrorCode(code)) return new PodexError('internal', message, {}, options);
    const known = ERROR_TABLE[code].context.safeParse(context ?? {});
    if (!known.success) return new PodexError('internal', message, {}, options);
    return new PodexError(code, message, known.data as ErrorContext<typeof code>, options);
  }
}

/** Ends a `switch` over a union: a new member that is not handled does not compile. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
