import { z } from 'zod';
import { userRole } from './accounts.ts';
import { invitationId } from './ids.ts';
import { emailText } from './text.ts';

export const invitation = z
  .object({
    id: invitationId,
    email: z.string(),
    role: userRole,
    invited_by: z
      .string()
      .nullable()
      .meta({ description: 'Email of the admin; null when the account is gone.' }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof invitation>;

export const createInvitationInput = z
  .object({
    email: emailText,
    role: userRole.default('user'),
    expires_in_days: z.number().int().min(1).max(90).default(7),
  })
  .meta({ id: 'CreateInvitation' });
export type CreateInvitationInput = z.infer<typeof createInvitationInput>;

/** `url` is shown in this one response; its secret is stored only as a hash. */
export const createdInvitation = invitation
  .extend({
    url: z.url().meta({ example: 'https://podex.example.com/invitation#token=inv_…' }),
    mailed: z.boolean().meta({ description: 'The link is on its way by email as well.' }),
  })
  .meta({ id: 'CreatedInvitation' });
export type CreatedInvitation = z.infer<typeof createdInvitation>;

export const invitationSecret = z
  .string()
  .max(48)
  .regex(/^pdxi_[\w-]{43}$/, 'must be the token of an invitation');

export const lookUpInvitationInput = z.object({ token: invitationSecret }).meta({ id: 'LookUpInvitation' });

/** What the invited person sees before making the account. */
export const openInvitation = z
  .object({
    email: z.string(),
    invited_by: z.string().nullable().meta({ description: 'Name of the admin.' }),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'OpenInvitation' });
export type OpenInvitation = z.infer<typeof openInvitation>;
