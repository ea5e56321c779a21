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

/** What the caller caused, should a value pass the contracts that the database cannot hold. */
export function translateBadInput(error: unknown): PodexError | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined;
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
