import { z } from 'zod';
import { tokenId, userId, workspaceId } from './ids.ts';
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
 * What a bearer token is good for, beside what its owner may do: `read` sees workspaces, their files and conversations; `workspaces`
 * also changes them, with files, commands and terminals; `agent` talks to agents and decides approvals, and reads no files; `approve`
 * decides approvals and nothing else; `account` manages tokens, sessions, teams and secrets; `admin` is everything, for admins.
 */
export const tokenScope = z.enum(['read', 'workspaces', 'agent', 'approve', 'account', 'admin']);
export type TokenScope = z.infer<typeof tokenScope>;
export const TOKEN_SCOPES = tokenScope.options;

export const token = z
  .object({
    id: tokenId,
    name: z.string(),
    scopes: z.array(tokenScope),
    workspace_ids: z
      .array(workspaceId)
      .nullable()
      .meta({ description: 'The workspaces that it is good for; null: all of its owner’s.' }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Token' });
export type Token = z.infer<typeof token>;

/** The usual groups of scopes, by one word. */
export const scopePreset = z.enum(['read', 'write', 'admin']);
export type ScopePreset = z.infer<typeof scopePreset>;

export const SCOPES_OF_PRESET: Readonly<Record<ScopePreset, TokenScope[]>> = {
  read: ['read'],
  write: ['read', 'workspaces', 'agent', 'account'],
  admin: ['admin'],
};

const scopeList = z.array(tokenScope).min(1).max(TOKEN_SCOPES.length);

export const createTokenInput = z
  .object({
    name: nameText(80),
    scopes: scopeList
      .optional()
      .meta({ description: 'When left out: all that you may do, except administration.' }),
    scope: scopePreset.optional().meta({
      description: 'In place of `scopes`: `write` is everything but administration, `admin` everything.',
    }),
    workspace_ids: z.array(workspaceId).min(1).max(100).optional().meta({
      description: 'Limits it to these workspaces; then it can have neither `account` nor `admin`.',
    }),
    expires_in_days: z.number().int().min(1).max(366).optional().meta({
      description:
        '90 when left out. A token made with a token ends with that one: asking for longer is refused, and left out it is what remains of it, at most 90 days.',
    }),
  })
  .refine(({ scopes, scope }) => scopes === undefined || scope === undefined, {
    path: ['scope'],
    message: 'give either scopes or scope',
  })
  .transform(({ scope, ...input }) =>
    scope === undefined ? input : { ...input, scopes: SCOPES_OF_PRESET[scope] },
  )
  .meta({ id: 'CreateToken' });

/** `secret` is shown in this one answer and stored only as a hash. */
export const createdToken = token
  .extend({ secret: z.string().meta({ example: 'pdx_…' }) })
  .meta({ id: 'CreatedToken' });
