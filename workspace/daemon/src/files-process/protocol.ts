import { errorBody } from '@podex/contracts/errors';
import { z } from 'zod';

export const etagText = z.string().regex(/^[\x20-\x7e]{1,200}$/);

/** See PreparedAnswer of the commit gate. It comes from a process that the user can take over, and is repeated to clients. */
export const preparedAnswer = z.object({
  status: z.number().int().min(200).max(299),
  body: z.unknown().optional(),
  headers: z.object({ etag: etagText }).optional(),
});
export type PreparedAnswer = z.infer<typeof preparedAnswer>;

/**
 * What the daemon and its files process say to each other beside HTTP, over the channel that Node gives a child. HTTP carries the
 * bytes; this carries the one question that must be answered before a change is carried out.
 */
export const filesProcessMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('listening') }),
  z.object({
    type: z.literal('prepared'),
    operation: z.string(),
    guard: z.string(),
    answer: preparedAnswer,
  }),
]);
export type FilesProcessMessage = z.infer<typeof filesProcessMessage>;

/** `refusal` is set when the change must not be carried out. */
export const decisionMessage = z.object({
  type: z.literal('decision'),
  operation: z.string(),
  refusal: errorBody.optional(),
});
export type DecisionMessage = z.infer<typeof decisionMessage>;

/** Names the operation that the journal waits to hear of. Only the daemon sets it; what a client sends under this name is dropped. */
export const OPERATION_HEADER = 'x-podex-operation';
