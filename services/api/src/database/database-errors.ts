import { PodexError } from '@podex/contracts/errors';
import pg from 'pg';

/** SQLSTATEs of values that PostgreSQL cannot hold: https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const BAD_INPUT = new Set([
  '22003', // numeric_value_out_of_range
  '22021', // character_not_in_repertoire
  '22P02', // invalid_text_representation
  '22P05', // untranslatable_character
]);

const UNIQUE_VIOLATION = '23505';

/** SQLSTATEs of a database that goes away, comes up, or takes no more connections; and the class of broken connections. */
const AWAY = /^(08...|57P01|57P02|57P03|53300)$/;
/** What the driver says in such a case, of which it has no codes. */
const AWAY_WORDS =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error)/;
const CONNECT_CODES =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

/** An error of the database in our own terms: it is away, or a value passed the contracts that it cannot hold. */
export function translateDatabaseError(error: unknown): PodexError | undefined {
  if (isAway(error)) {
    const message = 'The database can’t be reached at the moment. Try again soon.';
    return new PodexError('service_unavailable', message, { service: 'postgres' }, { cause: error });
  }
  return error instanceof pg.DatabaseError ? translateBadInput(error) : undefined;
}

function isAway(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return AWAY.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  // Everything else that api connects to has its own errors by the time they come here.
  const isConnecting = 'code' in error && CONNECT_CODES.test(String(error.code));
  return isConnecting || AWAY_WORDS.test(error.message);
}

function translateBadInput(error: pg.DatabaseError): PodexError | undefined {
  if (error.code === UNIQUE_VIOLATION) {
    // Where it has a meaning of its own, a store has caught it. What is left are two requests that make the same thing.
    const message = 'Another request did the same at this moment. Load it again.';
    return new PodexError('conflict', message, {}, { cause: error });
  }
  if (!BAD_INPUT.has(error.code ?? '')) return undefined;
  return new PodexError(
    'invalid_request',
    'The request holds a value that cannot be stored.',
    {},
    { cause: error },
  );
}
