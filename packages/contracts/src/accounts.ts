import { z } from 'zod';
import { tokenId, userId } from './ids.ts';
import { nameText } from './text.ts';

export const userRole = z.enum(['user', 'admin']);
export type UserRole = z.infer<typeof userRole>;

export const user = z
  .object({
    id: userId,
    email: z.email(),
    name: z.string(),
    role: userRole,
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof user>;

/** The person who asks. */
export const me = user
  .extend({
    two_factor: z.boolean().meta({ description: 'Whether a code is asked for after the password.' }),
    two_factor_required: z.boolean().meta({
      description: 'It must be set up: until then every other operation answers 403 two_factor_required.',
    }),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof me>;

/**
 * What a bearer token may do: `read` (GET only), `write` (everything its owner may do, but not administration),
 * `admin` (administration too; only an admin can make one).
 */
export const tokenScope = z.enum(['read', 'write', 'admin']);
export type TokenScope = z.infer<typeof tokenScope>;

export const token = z
  .object({
    id: tokenId,
    name: z.string(),
    scope: tokenScope,
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Token' });
export type Token = z.infer<typeof token>;

export const createTokenInput = z
  .object({
    name: nameText(80),
    scope: tokenScope.default('write'),
    expires_in_days: z.number().int().min(1).max(366).optional().meta({
      description:
        '90 when left out. A token made with a token ends with that one: asking for longer is refused, and left out it is what remains of it, at most 90 days.',
    }),
  })
  .meta({ id: 'CreateToken' });

/** `secret` is shown in this one answer and stored only as a hash. */
export const createdToken = token
  .extend({ secret: z.string().meta({ example: 'pdx_…' }) })
  .meta({ id: 'CreatedToken' });
