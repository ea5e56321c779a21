import { z } from 'zod';
import { lineText } from '../text.ts';

/**
 * What git in a workspace asks for passes three hands, each of which only answers who is below it:
 *
 * - git’s helper → daemon, a socket that the workspace’s user can reach: `POST /git_credential` gitCredentialQuestion → gitCredentialAnswer
 * - daemon → compute, which keeps a long poll at a workspace in use: `GET /questions` questionsQuery → questions, `POST /questions/{id}` answer
 * - compute → api: `POST /internal/workspaces/{id}/git_credential` gitCredentialQuestion → gitCredentialAnswer
 */
export const gitCredentialQuestion = z.object({
  protocol: lineText(32).min(1),
  host: lineText(255).min(1),
});
export type GitCredentialQuestion = z.infer<typeof gitCredentialQuestion>;

/** `none`: nothing is stored for that host, and git goes on without. `refused`: the person at git is told why. */
export const gitCredentialAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('given'), username: z.string().max(255), password: z.string().max(8_192) }),
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('refused'), reason: z.string().max(1_000) }),
]);
export type GitCredentialAnswer = z.infer<typeof gitCredentialAnswer>;

export const QUESTION_WAIT_MS_MAX = 30_000;
export const questionsQuery = z.object({ wait_ms: z.coerce.number().int().min(0).max(QUESTION_WAIT_MS_MAX) });

export const questions = z.object({
  items: z.array(z.object({ id: z.string().max(64), question: gitCredentialQuestion })).max(100),
  busy: z.boolean().meta({ description: 'Something runs that may ask later.' }),
});
export type Questions = z.infer<typeof questions>;
