import type { SettingValues } from '@podex/contracts/settings';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { deleteOldDeviceRequests } from '../accounts/device-request-store.ts';
import { deleteOldAttempts } from '../accounts/sign-in-attempt-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Bus } from '../bus/bus.ts';
import { deleteOldIdempotencyKeys } from '../calls/idempotency-store.ts';
import type { ApprovalService } from '../conversations/approvals/approvals.ts';
import type { WaitingMails } from '../conversations/approvals/waiting-mails.ts';
import { deleteConversation, listPurgeable } from '../conversations/transcript/conversation-store.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { deleteOldJoinTokens } from '../enrolment/join-token-store.ts';
import { deleteTopic, pruneEvents } from '../events/event-store.ts';
import { topicOf } from '../events/topics.ts';
import { deleteOldMails } from '../mail/mail-store.ts';
import type { CertificateMails } from '../servers/certificate-mails.ts';

const APPROVALS_EVERY_MS = 30_000;
const WAITING_MAILS_EVERY_MS = 60_000;
const CERTIFICATE_MAILS_EVERY_MS = 10 * 60_000;
const CLEAN_EVERY_MS = 10 * 60_000;
/** A page that was away for longer reads everything again. */
const EVENTS_KEPT_MS = 7 * 24 * 60 * 60_000;
const PURGE_BATCH = 50;

export interface SweepOptions {
  db: Db;
  bus: Bus;
  transact: Transact;
  approvals: ApprovalService;
  /** Undefined where no mail is set up. */
  waitingMails: WaitingMails | undefined;
  certificateMails: CertificateMails | undefined;
  auditLog: AuditLog;
  settings: { readonly values: Readonly<SettingValues> };
  background: Background;
  logger: Logger;
}

/** What time alone brings about. Every process sweeps; the lock only keeps them from doing it at once. */
export function startSweep(options: SweepOptions): void {
  const {
    db,
    bus,
    transact,
    approvals,
    waitingMails,
    certificateMails,
    auditLog,
    settings,
    background,
    logger,
  } = options;
  background.every('expire-approvals', APPROVALS_EVERY_MS, async () => {
    const lock = await bus.tryLock('expire-approvals', APPROVALS_EVERY_MS);
    if (lock === undefined) return;
    const expired = await approvals.expireOverdue();
    if (expired > 0) logger.info({ turns: expired }, 'approvals.expired');
  });

  background.every('mail-waiting-approvals', WAITING_MAILS_EVERY_MS, async () => {
    const lock = await bus.tryLock('mail-waiting-approvals', WAITING_MAILS_EVERY_MS);
    if (lock !== undefined) await waitingMails?.tell();
  });

  background.every('mail-certificates', CERTIFICATE_MAILS_EVERY_MS, async () => {
    const lock = await bus.tryLock('mail-certificates', CERTIFICATE_MAILS_EVERY_MS);
    if (lock !== undefined) await certificateMails?.tell();
  });

  background.every('clean-up', CLEAN_EVERY_MS, async () => {
    const lock = await bus.tryLock('clean-up', CLEAN_EVERY_MS);
    if (lock === undefined) return;
    await deleteOldIdempotencyKeys(db);
    await deleteOldAttempts(db);
    await deleteOldMails(db);
    await deleteOldDeviceRequests(db);
    await deleteOldJoinTokens(db);
    await transact(({ tx }) => pruneEvents(tx, new Date(Date.now() - EVENTS_KEPT_MS)));
    await purgeConversations(transact);
    await auditLog.logEnd(db);
    const days = settings.values.audit_retention_days;
    while (days !== null && (await auditLog.prune(transact, days)));
  });
}

/** @returns how many went. */
export async function purgeConversations(transact: Transact): Promise<number> {
  return transact(async ({ tx }) => {
    const ids = await listPurgeable(tx, PURGE_BATCH);
    for (const id of ids) {
      await deleteConversation(tx, id);
      await deleteTopic(tx, topicOf.conversation(id));
    }
    return ids.length;
  });
}
