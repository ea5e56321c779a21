import { z } from 'zod';
import { user, userRole } from './accounts.ts';
import { userId } from './ids.ts';
import { pageQuery } from './pagination.ts';
import { anyText, lineText, nameText } from './text.ts';

/** `deleted`: what remains is the id, so that what others see of the past keeps its author. */
export const userStatus = z.enum(['active', 'suspended', 'deleted']);
export type UserStatus = z.infer<typeof userStatus>;

/** A user as admins see them. */
export const managedUser = user
  .extend({
    status: userStatus,
    suspended_at: z.iso.datetime().nullable(),
    suspended_by: z.string().nullable().meta({ description: 'Email of the admin.' }),
    last_seen_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Their last request, to the minute; null when there was none.' }),
    workspaces: z.object({ total: z.number().int(), running: z.number().int() }),
  })
  .meta({ id: 'ManagedUser' });
export type ManagedUser = z.infer<typeof managedUser>;

/** With what a suspension stops and a deletion ends. */
export const managedUserDetail = managedUser
  .extend({
    active_turns: z.number().int(),
    sessions: z.number().int(),
    tokens: z.number().int(),
  })
  .meta({ id: 'ManagedUserDetail' });
export type ManagedUserDetail = z.infer<typeof managedUserDetail>;

export const listUsersQuery = pageQuery.extend({
  q: lineText(200).optional().meta({ description: 'Part of the name or of the email address.' }),
  role: userRole.optional(),
  status: userStatus.optional().meta({ description: 'Left out: everyone but the deleted.' }),
});
export type ListUsersQuery = z.infer<typeof listUsersQuery>;

export const updateUserInput = z
  .object({
    name: nameText(80).optional(),
    role: userRole.optional(),
    status: userStatus.exclude(['deleted']).optional().meta({
      description:
        '`suspended` ends sessions, connections and running turns and stops workspaces; data and tokens are kept, and tokens work again after `active`.',
    }),
  })
  .meta({ id: 'UpdateUser' });
export type UpdateUserInput = z.infer<typeof updateUserInput>;

export const deleteUserQuery = z.object({
  workspaces: z
    .enum(['delete', 'transfer'])
    .optional()
    .meta({ description: 'Needed when the user has workspaces. A transferred workspace is stopped.' }),
  to: userId.optional().meta({ description: 'Who gets the workspaces of a transfer.' }),
});
export type DeleteUserQuery = z.infer<typeof deleteUserQuery>;

export const signOutUserInput = z
  .object({
    tokens: z.boolean().default(false).meta({ description: 'Bearer tokens are revoked too.' }),
  })
  .meta({ id: 'SignOutUser' });
export type SignOutUserInput = z.infer<typeof signOutUserInput>;

/** `url` is shown in this one response. It works once; a newer link ends it. */
export const passwordResetLink = z
  .object({
    url: z.url().meta({ example: 'https://podex.example.com/reset-password#token=…' }),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'PasswordResetLink' });
export type PasswordResetLink = z.infer<typeof passwordResetLink>;

export const deleteMeInput = z
  .object({
    password: anyText(128)
      .min(1)
      .optional()
      .meta({ description: 'May be left out within 10 minutes after signing in.' }),
  })
  .meta({ id: 'DeleteMe' });
export type DeleteMeInput = z.infer<typeof deleteMeInput>;
