import type { SettingValues } from '@podex/contracts/settings';
import type { Db } from '../../database/connect.ts';
import type { Transact } from '../../database/transact.ts';
import type { Outbox } from '../../mail/outbox.ts';
import { waitingApprovalMail } from '../../mail/templates.ts';
import { listLongWaiting, onceKeyOf } from './waiting-mail-store.ts';

/** A person at the page has answered by then. */
const WAITED_MS = 10 * 60_000;
const BATCH = 50;

export interface WaitingMailsOptions {
  db: Db;
  transact: Transact;
  outbox: Outbox;
  settings: { readonly values: Readonly<SettingValues> };
  frontendOrigin: string;
}

/** Tells people who are away that the agent waits for their approval, once for each. */
export class WaitingMails {
  readonly #options: WaitingMailsOptions;

  constructor(options: WaitingMailsOptions) {
    this.#options = options;
  }

  /** @returns how many mails were written. */
  async tell(): Promise<number> {
    const { db, transact, outbox, settings, frontendOrigin } = this.#options;
    if (!settings.values.mail_on_waiting_approval) return 0;
    const waiting = await listLongWaiting(db, { waitedMs: WAITED_MS, limit: BATCH });
    let written = 0;
    for (const { id, email, workspace, workspace_id: workspaceId, expires_at: expiresAt } of waiting) {
      const mail = waitingApprovalMail({
        workspace,
        link: `${frontendOrigin}/workspaces/${workspaceId}`,
        expiresAt,
      });
      if (await transact((work) => outbox.enqueue(work, email, mail, onceKeyOf(id)))) written += 1;
    }
    return written;
  }
}
