import { z } from 'zod';
import { sshFingerprint } from '../ssh.ts';
import { lineText } from '../text.ts';

/**
 * What git in a workspace asks for passes three hands, each of which only answers who is below it:
 *
 * - git’s helpers → daemon, a socket that the workspace’s user can reach: `POST /git_credential` gitQuestion → gitAnswer
 * - daemon → compute, which keeps a long poll at a workspace in use: `GET /questions` questionsQuery → questions, `POST /questions/{id}` answer
 * - compute → api: `POST /internal/workspaces/{id}/git_credential` gitQuestion → gitAnswer, `POST …/ssh_sign_in` sshSignIn
 */
export const gitCredentialQuestion = z.object({
  protocol: lineText(32).min(1),
  host: lineText(255).min(1),
});
export type GitCredentialQuestion = z.infer<typeof gitCredentialQuestion>;

const wire = z.base64().max(4_096);

/** With which key ssh is to connect. The host has its port where that is not the usual one. */
export const gitSshKeyQuestion = z.object({
  kind: z.literal('ssh_key'),
  host: lineText(255).min(1),
  repository: lineText(1_024),
});
export type GitSshKeyQuestion = z.infer<typeof gitSshKeyQuestion>;

/** What ssh has its agent sign, and the proof which host that is for (OpenSSH’s PROTOCOL.agent, session-bind). */
export const gitSshSignQuestion = z.object({
  kind: z.literal('ssh_sign'),
  key_id: lineText(64).min(1),
  data: wire,
  host_key: wire,
  host_signature: wire,
});
export type GitSshSignQuestion = z.infer<typeof gitSshSignQuestion>;

export const gitQuestion = z.union([gitSshKeyQuestion, gitSshSignQuestion, gitCredentialQuestion]);
export type GitQuestion = z.infer<typeof gitQuestion>;

/** Not from git but from the daemon, which nobody in the workspace may say it for: with which of the keys of its person an SSH connection signed in. */
export const sshSignIn = z.object({ kind: z.literal('ssh_signed_in'), fingerprint: sshFingerprint });
export type SshSignIn = z.infer<typeof sshSignIn>;

export const question = z.union([sshSignIn, gitQuestion]);
export type Question = z.infer<typeof question>;

/** `none`: nothing is stored for that host, and git goes on without. `refused`: the person at git is told why. */
export const gitAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('given'), username: z.string().max(255), password: z.string().max(8_192) }),
  z.object({
    kind: z.literal('ssh_key'),
    key_id: z.string().max(64),
    public_key: z.string().max(200),
    /** Null: none was accepted yet, and nothing is to be read from the host. */
    host_key: z.string().max(2_000).nullable(),
  }),
  z.object({ kind: z.literal('signature'), signature: wire }),
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('refused'), reason: z.string().max(1_000) }),
]);
export type GitAnswer = z.infer<typeof gitAnswer>;

export const QUESTION_WAIT_MS_MAX = 30_000;
export const questionsQuery = z.object({ wait_ms: z.coerce.number().int().min(0).max(QUESTION_WAIT_MS_MAX) });

export const questions = z.object({
  items: z.array(z.object({ id: z.string().max(64), question })).max(100),
  busy: z.boolean().meta({ description: 'Something runs that may ask later.' }),
});
export type Questions = z.infer<typeof questions>;
