import { z } from 'zod';
import { turnId } from '../ids.ts';

/**
 * By which compute tells the daemon whose request it forwards: the turn, and which attempt at it. Made from the capability of the worker
 * alone; what a client sends under this name goes no further than the first hop. Requests of people have none.
 */
export const TURN_ATTEMPT_HEADER = 'x-podex-turn-attempt';

/** Grows with each worker that is given the turn. */
export const attemptNumber = z.number().int().min(1).max(2_147_483_647);

export const turnAttempt = z.object({ turn_id: turnId, attempt: attemptNumber });
export type TurnAttempt = z.infer<typeof turnAttempt>;

export function formatTurnAttempt({ turn_id: id, attempt }: TurnAttempt): string {
  return `${id}/${attempt}`;
}

/** @throws ZodError. */
export function parseTurnAttempt(text: string): TurnAttempt {
  const [id, attempt] = text.split('/', 2);
  return turnAttempt.parse({ turn_id: id, attempt: Number(attempt) });
}
