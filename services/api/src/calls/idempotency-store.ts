import { PodexError } from '@podex/contracts/errors';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Db, Tx } from '../database/connect.ts';
import type { Call } from './call.ts';

// Owns table: idempotency_key.

/** How long a repeated request is recognised. */
const KEPT_HOURS = 24;

/**
 * Runs `create` unless the same request made its resource before; the key is written in the same transaction as the resource, so
 * that neither stands without the other. A request that comes while the first still runs waits for its transaction.
 *
 * @returns the id of the resource, made now or then.
 * @throws PodexError idempotency_key_reused when the key came with another request.
 */
export async function createOnce<Id extends string>(
  tx: Tx,
  call: Call,
  newResource: { id: Id; schema: z.ZodType<Id> },
  create: () => Promise<void>,
): Promise<Id> {
  if (call.idempotency === undefined) {
    await create();
    return newResource.id;
  }
  const { key, operation, hash } = call.idempotency;
  const inserted = await tx
    .insertInto('idempotency_key')
    .values({
      user_id: call.actor.userId,
      key,
      operation,
      request_hash: hash,
      resource_id: newResource.id,
    })
    .onConflict((conflict) => conflict.columns(['user_id', 'key']).doNothing())
    .returning('resource_id')
    .executeTakeFirst();
  if (inserted) {
    await create();
    return newResource.id;
  }
  const earlier = await tx
    .selectFrom('idempotency_key')
    .select(['operation', 'request_hash', 'resource_id'])
    .where('user_id', '=', call.actor.userId)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  if (earlier.operation !== operation || !earlier.request_hash.equals(hash)) {
    throw new PodexError(
      'idempotency_key_reused',
      'This Idempotency-Key was used for another request. Use a new key for a new request.',
      {},
    );
  }
  return newResource.schema.parse(earlier.resource_id);
}

/** Forgets keys that are too old to be repeated. */
export async function deleteOldIdempotencyKeys(db: Db): Promise<void> {
  await db
    .deleteFrom('idempotency_key')
    .where('created_at', '<', sql<Date>`now() - make_interval(hours => ${KEPT_HOURS})`)
    .execute();
}
