import type { UserRole } from '@podex/contracts/accounts';
import type { PodexError } from '@podex/contracts/errors';
import { invitationSecret } from '@podex/contracts/invitations';
import type { SettingValues } from '@podex/contracts/settings';
import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthMiddleware, getOAuthState } from 'better-auth/api';
import { z } from 'zod';
import { appendAudit } from '../audit/append-audit.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { bySource } from './auth-audit.ts';
import { findOpenInvitation, takeInvitation } from './invitation-store.ts';
import { invitationNotValid } from './invitations.ts';
import { hashSecret } from './tokens.ts';

export interface RegistrationGateOptions {
  db: Db;
  settings: { readonly values: Readonly<SettingValues> };
  transact: Transact;
}

/** Who wants an account. `isVouchedFor`: a sign-in provider says that the address is theirs. */
interface Applicant {
  email: string;
  isVouchedFor: boolean;
}

/** What better-auth knows of the request that it handles. */
interface RequestOfAuth {
  path?: string | undefined;
  body?: unknown;
  request?: Request | undefined;
}

/** A sign-up and a social sign-in carry the secret of an invitation at different places. */
const withInvitation = z.object({
  email: z.string().optional(),
  invitation: z.string().optional(),
  additionalData: z.object({ invitation: z.string().optional() }).optional(),
});

/**
 * Every account that a request makes passes here: with an invitation, which it uses up, or as far as the setting `registration` is
 * open. A sign-up is also looked at before anything else is, so that nobody learns which addresses have accounts or invitations.
 */
export function createRegistrationGate({ db, settings, transact }: RegistrationGateOptions) {
  const beforeSignUp = createAuthMiddleware(async ({ body }) => {
    const given = withInvitation.safeParse(body).data;
    const email = given?.email?.toLowerCase() ?? '';
    if (given?.invitation === undefined) {
      requireOpenTo({ email, isVouchedFor: false }, settings.values);
      return;
    }
    const secretHash = hashOf(given.invitation);
    const invitation = secretHash && (await findOpenInvitation(db, { secretHash }));
    if (invitation?.email !== email) throw toAuthError(invitationNotValid());
  });

  async function admit(
    applicant: Applicant,
    request: RequestOfAuth,
  ): Promise<{ role: UserRole; emailVerified?: true }> {
    const secret = await invitationOf(request);
    if (secret === undefined) {
      requireOpenTo(applicant, settings.values);
      return { role: 'user' };
    }
    const secretHash = hashOf(secret);
    const taken = secretHash && (await accept(secretHash, applicant.email, request));
    if (!taken) throw toAuthError(invitationNotValid());
    // An admin gave the link to the owner of the address, or it came there by mail.
    return { role: taken.role, emailVerified: true };
  }

  function accept(secretHash: Buffer, email: string, request: RequestOfAuth) {
    return transact(async (work) => {
      const taken = await takeInvitation(work.tx, secretHash, email);
      if (taken === undefined) return undefined;
      appendAudit(work, bySource(request, undefined), {
        action: 'invitation.accepted',
        target: { kind: 'invitation', id: taken.id, name: email },
        details: { role: taken.role },
      });
      return taken;
    });
  }

  return {
    id: 'registration-gate',
    hooks: { before: [{ matcher: ({ path }) => path === '/sign-up/email', handler: beforeSignUp }] },
    init: () => ({
      options: {
        databaseHooks: {
          user: {
            create: {
              before: async (user, context) => {
                // Without a request there is nobody to refuse: api itself makes the first admin.
                if (!context) return;
                const applicant = { email: user.email.toLowerCase(), isVouchedFor: user.emailVerified };
                return { data: { ...user, ...(await admit(applicant, context)) } };
              },
            },
          },
        },
      },
    }),
  } satisfies BetterAuthPlugin;
}

async function invitationOf({ path, body }: RequestOfAuth): Promise<string | undefined> {
  const given = withInvitation.safeParse(body).data;
  const inBody = given?.invitation ?? given?.additionalData?.invitation;
  if (inBody !== undefined || !path?.startsWith('/callback/')) return inBody;
  // A provider sends people back without a body; what they began with is kept in the state.
  return withInvitation.safeParse(await getOAuthState()).data?.invitation;
}

/** Undefined when the text cannot be the secret of an invitation. */
function hashOf(secret: string): Buffer | undefined {
  return invitationSecret.safeParse(secret).success ? hashSecret(secret) : undefined;
}

/**
 * A domain counts only where a provider vouches for the address: no mail is sent to it, so a password proves nothing.
 *
 * @throws APIError that becomes `forbidden`.
 */
function requireOpenTo({ email, isVouchedFor }: Applicant, settings: Readonly<SettingValues>): void {
  const { registration, registration_domains: domains } = settings;
  if (registration === 'open') return;
  const domain = email.split('@').at(-1) ?? '';
  if (registration === 'domains' && isVouchedFor && domains.includes(domain)) return;
  const message =
    registration === 'domains'
      ? 'Accounts are for people of certain domains, who sign in with GitHub or Google. Ask an admin for an invitation.'
      : 'Accounts are made by invitation only. Ask an admin for an invitation.';
  throw new APIError('FORBIDDEN', { code: 'SIGN_UP_NOT_ALLOWED', message });
}

function toAuthError(error: PodexError): APIError {
  return new APIError('NOT_FOUND', { code: error.code.toUpperCase(), message: error.message });
}
