import { z } from 'zod';
import { durableEvent } from './events.ts';

/** `user:usr_…`, `workspace:ws_…`, `conversation:cnv_…` or `servers`. */
export const topic = z
  .string()
  .max(64)
  .regex(/^(user:usr_[0-9a-z]{26}|workspace:ws_[0-9a-z]{26}|conversation:cnv_[0-9a-z]{26}|servers)$/);

/** Text frames of `GET /api/live` from the client. `after` left out: only what comes from now on. */
export const liveClientFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subscribe'), topic, after: z.number().int().min(0).optional() }),
  z.object({ type: z.literal('unsubscribe'), topic }),
  z.object({ type: z.literal('ping') }),
]);
export type LiveClientFrame = z.infer<typeof liveClientFrame>;

/**
 * Text frames from the server. `subscribed.seq` is where the stream starts; seqs grow, and skip deltas that have ended. `reset` means that
 * events after the asked `after` are gone: read the resource again, then subscribe from `seq`. `error` ends one subscription, not
 * the connection; a failure that may be over in a moment ends the connection (close code 1013), and the client comes again.
 */
export const liveServerFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subscribed'), topic: z.string(), seq: z.number().int() }),
  z.object({ type: z.literal('event'), topic: z.string(), seq: z.number().int(), event: durableEvent }),
  z.object({ type: z.literal('reset'), topic: z.string(), seq: z.number().int() }),
  z.object({ type: z.literal('error'), topic: z.string().optional(), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('pong') }),
]);
export type LiveServerFrame = z.infer<typeof liveServerFrame>;
