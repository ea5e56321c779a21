import { z } from 'zod';
import { CLEARED_NODE_VARIABLES } from './internal/daemon.ts';
import { anyBytes } from './text.ts';

/** Of one value, as UTF-8: an element of execve(2)’s environment has twice that. */
export const SECRET_BYTES_MAX = 65_536;
/** Of one owner: everything together must pass through execve(2). */
export const SECRETS_PER_OWNER_MAX = 100;
export const SECRETS_BYTES_PER_OWNER_MAX = 262_144;

/** Who and where a process is, which Podex says itself, and what makes a program run code of the value’s. */
const RESERVED: ReadonlySet<string> = new Set<string>([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TERM',
  'PWD',
  'IFS',
  'ENV',
  'BASH_ENV',
  ...CLEARED_NODE_VARIABLES,
]);
const RESERVED_PREFIXES = ['PODEX_', 'LD_'];

/** Whether a workspace’s own variables may not have this name. A single command may set it for itself. */
export function isReservedVariable(name: string): boolean {
  return RESERVED.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Of a secret that is there: variables that were given at creation may be in lower case. */
export const knownSecretName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and underscores, and not begin with a digit')
  .meta({ example: 'NPM_TOKEN' });

export const secretName = z
  .string()
  .max(128)
  .regex(
    /^[A-Z_][A-Z0-9_]*$/,
    'must be capital letters, digits and underscores, and not begin with a digit; for example NPM_TOKEN',
  )
  .refine(
    (name) => !isReservedVariable(name),
    'is reserved: Podex or the system sets it. Choose another name',
  )
  .meta({ example: 'NPM_TOKEN' });

export const secretValue = anyBytes(SECRET_BYTES_MAX).min(1);

/** A secret without its value, which is never given back. */
export const secret = z
  .object({ name: z.string(), created_at: z.iso.datetime(), updated_at: z.iso.datetime() })
  .meta({ id: 'Secret' });
export type Secret = z.infer<typeof secret>;

export const setSecretInput = z.object({ value: secretValue }).meta({ id: 'SetSecret' });

export const rotateSecretsInput = z
  .object({
    after: z
      .number()
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(0)
      .meta({ description: 'The `next` of the call before.' }),
  })
  .meta({ id: 'RotateSecrets' });

/** What one call did. The work is over when `next` is null. */
export const secretsRotation = z
  .object({
    rewrapped: z
      .number()
      .int()
      .meta({ description: 'Data keys that this call wrapped with the current key.' }),
    unreadable: z
      .number()
      .int()
      .meta({ description: 'Secrets of this call that no configured key opens. They stay as they are.' }),
    remaining: z.number().int().meta({ description: 'Secrets that are still under another key.' }),
    next: z.number().int().nullable(),
  })
  .meta({ id: 'SecretsRotation' });
export type SecretsRotation = z.infer<typeof secretsRotation>;
