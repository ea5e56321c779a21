import { PodexError } from '@podex/contracts/errors';
import pg from 'pg';

/** SQLSTATEs of values that PostgreSQL cannot hold: https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const BAD_INPUT = new Set([
  '22003', // numeric_value_out_of_range
  '22021', // character_not_in_repertoire
  '22P02', // invalid_text_representation
  '22P05', // untranslatable_character
]);

/** What the caller caused, should a value pass the contracts that the database cannot hold. */
export function translateBadInput(error: unknown): PodexError | undefined {
  if (!(error instanceof pg.DatabaseError) || !BAD_INPUT.has(error.code ?? '')) return undefined;
  return new PodexError(
    'invalid_request',
    'The request holds a value that cannot be stored.',
    {},
    { cause: error },
  );
}
