import type { PodexError } from '@podex/contracts/errors';
import type { Usage } from '@podex/contracts/events';
import type { Tx } from '../database/connect.ts';
import type { Work } from '../database/transact.ts';
import type { Outbox } from '../mail/outbox.ts';
import { budgetMail } from '../mail/templates.ts';
import { type Holder, nameOf, ownHolder } from './holder.ts';
import { lockUsage } from './quota-store.ts';
import type { Quotas } from './quotas.ts';
import { addModelUsage, listBudgetRecipients } from './usage-store.ts';

export interface ModelBudgetsOptions {
  quotas: Quotas;
  /** Undefined where no mail is set up. */
  outbox: Outbox | undefined;
  frontendOrigin: string;
}

/** What the agent uses of models, counted for the holder of the workspace, and what happens when it is too much. */
export class ModelBudgets {
  readonly #options: ModelBudgetsOptions;

  constructor(options: ModelBudgetsOptions) {
    this.#options = options;
  }

  /** Why the model may not be asked again. A step in progress is finished: only the next one is refused. */
  refusalOf(tx: Tx, holder: Holder): Promise<PodexError<'budget_exhausted'> | undefined> {
    return this.#options.quotas.findExhausted(tx, holder);
  }

  /** In the transaction that takes the events of it. Whose budget that exhausts is told by mail. */
  async record(work: Work, holder: Holder, usages: readonly Usage[]): Promise<void> {
    if (usages.length === 0) return;
    const { quotas, outbox, frontendOrigin } = this.#options;
    const { tx } = work;
    await lockUsage(tx, holder);
    const before = await quotas.findExhausted(tx, holder);
    for (const usage of usages) await addModelUsage(tx, holder, usage);
    if (before !== undefined || outbox === undefined) return;
    const recipient = holder.kind === 'user' ? ownHolder(holder.id) : holder;
    const exhausted = await quotas.findExhausted(tx, recipient);
    if (exhausted === undefined) return;
    const { limit, resets_at: resetsAt } = exhausted.context;
    const mail = budgetMail({
      explanation: exhausted.message,
      link: holder.kind === 'team' ? `${frontendOrigin}/teams/${holder.id}` : `${frontendOrigin}/account`,
    });
    for (const { id, email } of await listBudgetRecipients(tx, holder)) {
      await outbox.enqueue(work, email, mail, `budget:${nameOf(holder)}:${limit}:${resetsAt}:${id}`);
    }
  }
}
