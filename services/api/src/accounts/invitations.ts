import { createHmac, randomBytes } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import { type InvitationId, invitationId, newId } from '@podex/contracts/ids';
import type {
  CreatedInvitation,
  CreateInvitationInput,
  Invitation,
  OpenInvitation,
} from '@podex/contracts/invitations';
import type { PageQuery } from '@podex/contracts/pagination';
import type { SettingValues } from '@podex/contracts/settings';
import { appendAudit } from '../audit/append-audit.ts';
import type { Call } from '../calls/call.ts';
import { createOnce } from '../calls/idempotency-store.ts';
import { toPage } from '../calls/pages.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import type { Mailing } from '../mail/mail.ts';
import { invitationMail } from '../mail/templates.ts';
import {
  findOpenInvitation,
  type InvitationRow,
  insertInvitation,
  listOpenInvitations,
  revokeInvitation,
  revokeInvitationsOf,
} from './invitation-store.ts';
import { requireLasting } from './lasting-credential.ts';
import { hashSecret } from './tokens.ts';
import { hasAccount } from './user-store.ts';

const SECRET_PREFIX = 'pdxi_';

export interface InvitationServiceOptions {
  db: Db;
  transact: Transact;
  settings: { readonly values: Readonly<SettingValues> };
  frontendOrigin: string;
  sessionSecret: string;
  /** Absent: the admin hands the link over. */
  mailing?: Mailing | undefined;
}

/** Links with which one person makes one account, while strangers may not. */
export class InvitationService {
  readonly #options: InvitationServiceOptions;

  constructor(options: InvitationServiceOptions) {
    this.#options = options;
  }

  /** @throws PodexError forbidden for a JWT, conflict when there is an account of this address, or registration is closed. */
  async create(input: CreateInvitationInput, call: Call): Promise<CreatedInvitation> {
    requireLasting(call.actor);
    const { db, transact, settings, frontendOrigin, mailing } = this.#options;
    if (settings.values.registration === 'closed') {
      throw new PodexError('conflict', 'Registration is closed. Set it to invitation under Settings first.', {
        reason: 'registration_closed',
      });
    }
    const secretOf = this.#newSecret(call);
    // Behind the #, which browsers send to no server: neither logs nor referrers learn it.
    const urlOf = (invitation: InvitationId) => `${frontendOrigin}/invitation#token=${secretOf(invitation)}`;
    let isMailed = mailing?.isDelivered ?? false;
    const id = await transact((work) => {
      const { tx } = work;
      const newInvitation = newId('invitation');
      return createOnce(tx, call, { id: newInvitation, schema: invitationId }, async () => {
        await call.requireStill(tx);
        if (await hasAccount(tx, input.email)) throw accountExists();
        await revokeInvitationsOf(tx, input.email);
        const expiresAt = await insertInvitation(tx, {
          id: newInvitation,
          email: input.email,
          role: input.role,
          secretHash: hashSecret(secretOf(newInvitation)),
          invitedBy: call.actor.userId,
          expiresInDays: input.expires_in_days,
        });
        const mail = { invitedBy: call.actor.name, link: urlOf(newInvitation), expiresAt };
        const isTaken = await mailing?.outbox.enqueue(work, input.email, invitationMail(mail));
        isMailed = isMailed && isTaken === true;
        appendAudit(work, call, {
          action: 'invitation.created',
          target: { kind: 'invitation', id: newInvitation, name: input.email },
          details: { role: input.role, expires_in_days: input.expires_in_days },
        });
      });
    });
    const row = await findOpenInvitation(db, { id });
    if (row === undefined) throw notFound();
    return { ...present(row), url: urlOf(id), mailed: isMailed };
  }

  async list(page: PageQuery): Promise<{ items: Invitation[]; next: string | null }> {
    return toPage(await listOpenInvitations(this.#options.db, page), page.limit, present);
  }

  /** @throws PodexError invitation_not_found. */
  async revoke(id: InvitationId, call: Call): Promise<void> {
    await this.#options.transact(async (work) => {
      const email = await revokeInvitation(work.tx, id);
      if (email === undefined) throw notFound();
      appendAudit(work, call, {
        action: 'invitation.revoked',
        target: { kind: 'invitation', id, name: email },
      });
    });
  }

  /** @throws PodexError invitation_not_valid. */
  async lookUp(secret: string): Promise<OpenInvitation> {
    const row = await findOpenInvitation(this.#options.db, { secretHash: hashSecret(secret) });
    if (row === undefined) throw invitationNotValid();
    return { email: row.email, invited_by: row.invited_by_name, expires_at: row.expires_at.toISOString() };
  }

  /** As that of a token: a repeated request is answered with the same secret, and none comes back with another invitation. */
  #newSecret({ actor, idempotency }: Call): (id: InvitationId) => string {
    if (idempotency === undefined) {
      const secret = `${SECRET_PREFIX}${randomBytes(32).toString('base64url')}`;
      return () => secret;
    }
    return (id) => {
      const digest = createHmac('sha256', this.#options.sessionSecret)
        .update(`invitation\0${id}\0${actor.userId}\0${idempotency.key}\0`)
        .update(idempotency.hash)
        .digest('base64url');
      return `${SECRET_PREFIX}${digest}`;
    };
  }
}

/** The same for every invitation that cannot be used: nobody learns whether it was ever there. */
export function invitationNotValid(): PodexError {
  return new PodexError(
    'invitation_not_valid',
    'This invitation cannot be used. It may have expired or been used already. Ask an admin for a new one.',
    {},
  );
}

function notFound(): PodexError {
  return new PodexError('invitation_not_found', 'There is no such open invitation.', {});
}

function accountExists(): PodexError {
  return new PodexError('conflict', 'There is an account with this email address already.', {
    reason: 'account_exists',
  });
}

function present(row: InvitationRow): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    invited_by: row.invited_by_email,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
  };
}
