import { PodexError } from '@podex/contracts/errors';
import type { EventBody, ModelCallEvent } from '@podex/contracts/events';
import type { ModelTokens } from '@podex/contracts/model-usage';
import type { SettingValues } from '@podex/contracts/settings';
import { readClock } from '../database/clock.ts';
import type { Tx } from '../database/connect.ts';
import type { Work } from '../database/transact.ts';
import type { Outbox } from '../mail/outbox.ts';
import { budgetMail } from '../mail/templates.ts';
import { type Holder, nameOf, ownHolder } from '../quotas/holder.ts';
import { lockUsage } from '../quotas/quota-store.ts';
import type { Quotas } from '../quotas/quotas.ts';
import {
  type CallPlace,
  closeOpenCalls,
  endCall,
  findOpenCall,
  insertCall,
  isCounted,
  listBudgetRecipients,
  type ModelCallRow,
  toUsageEvent,
} from './model-call-store.ts';
import { costOf, priceOf, toMicro } from './model-cost.ts';

export interface ModelCallsOptions {
  quotas: Quotas;
  settings: { readonly values: Pick<SettingValues, 'model_prices'> };
  /** Undefined where no mail is set up. */
  outbox: Outbox | undefined;
  frontendOrigin: string;
}

type Started = Extract<ModelCallEvent, { type: 'model_call.started' }>;
type Ended = Extract<ModelCallEvent, { type: 'model_call.ended' }>;

const NO_TOKENS: ModelTokens = {
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
};

/** A row for each call of a model, counted for the holder of the workspace, and what happens when it is too much. */
export class ModelCalls {
  readonly #options: ModelCallsOptions;

  constructor(options: ModelCallsOptions) {
    this.#options = options;
  }

  /**
   * In the transaction that takes the event; the model is asked after it. Calls of one holder begin one after the other, each counted
   * from its beginning on, so that two turns do not both begin with what is left for one. A call that runs is not ended by it.
   *
   * @returns what to tell of the call before, which a lost worker left open.
   * @throws PodexError budget_exhausted, model_price_unknown.
   */
  async begin(work: Work, place: CallPlace, event: Started): Promise<EventBody[]> {
    const { tx } = work;
    const { holder } = place;
    await lockUsage(tx, holder);
    const left = await closeOpenCalls(tx, place.turnId, 'broken');
    const exhausted = await this.findExhausted(tx, holder);
    if (exhausted !== undefined) throw exhausted;
    const day = (await readClock(tx)).toISOString().slice(0, 10);
    const known = priceOf(event.model, this.#options.settings.values.model_prices, day);
    if (known.source === 'unknown' && (await this.#options.quotas.hasBudget(tx, holder))) {
      throw priceUnknown(event.model);
    }
    const tokens = { ...NO_TOKENS, input_tokens: event.estimated_input_tokens };
    const cost = known.price === null ? null : costOf(tokens, known.price);
    await insertCall(tx, place, { model: event.model, inputTokens: tokens.input_tokens, known, cost });
    await this.#tellWhenExhausted(work, holder);
    return left;
  }

  /** An end without an open call is of one that was closed for its worker: it changes nothing. */
  async end(work: Work, place: CallPlace, event: Ended): Promise<EventBody[]> {
    const { tx } = work;
    await lockUsage(tx, place.holder);
    const before = await this.findExhausted(tx, place.holder);
    const open = await findOpenCall(tx, place.stepId);
    if (open === undefined) return [];
    const row = await endCall(tx, open.id, {
      outcome: event.outcome,
      code: event.code,
      finishReason: event.finish_reason,
      responseId: event.response_id,
      ...(await figuresOf(tx, open, event)),
    });
    if (before === undefined) await this.#tellWhenExhausted(work, place.holder);
    return row.input_tokens + row.output_tokens === 0 ? [] : [toUsageEvent(row)];
  }

  /** Why nothing more may be spent, if so. */
  findExhausted(tx: Tx, holder: Holder): Promise<PodexError<'budget_exhausted'> | undefined> {
    return this.#options.quotas.findExhausted(tx, holder);
  }

  /** Whose budget it is, is told by mail, once for each period. */
  async #tellWhenExhausted(work: Work, holder: Holder): Promise<void> {
    const { outbox, frontendOrigin } = this.#options;
    if (outbox === undefined) return;
    const { tx } = work;
    const exhausted = await this.findExhausted(tx, holder.kind === 'user' ? ownHolder(holder.id) : holder);
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

/** A provider that gave no response charges nothing; one whose response broke off may, so its tokens are estimated. */
async function figuresOf(tx: Tx, open: ModelCallRow, event: Ended) {
  const { tokens, response_id: responseId } = event;
  if (tokens !== null && responseId !== null && (await isCounted(tx, open, responseId))) {
    return { tokens: NO_TOKENS, isEstimated: false, cost: 0, priceSource: open.price_source };
  }
  const isEstimated = tokens === null && event.outcome !== 'failed';
  const estimate = {
    ...NO_TOKENS,
    input_tokens: open.input_tokens,
    output_tokens: event.estimated_output_tokens,
  };
  const counted = tokens ?? (isEstimated ? estimate : NO_TOKENS);
  if (event.cost_usd !== null) {
    return { tokens: counted, isEstimated, cost: toMicro(event.cost_usd), priceSource: 'provider' };
  }
  const cost = counted === NO_TOKENS ? 0 : pricedCost(open, counted);
  return { tokens: counted, isEstimated, cost, priceSource: open.price_source };
}

/** By the price that held when the call began. */
function pricedCost(row: ModelCallRow, tokens: ModelTokens): number | null {
  const { input_price: input, cached_input_price: cachedInput } = row;
  const { cache_write_price: cacheWrite, output_price: output } = row;
  if (input === null || cachedInput === null || cacheWrite === null || output === null) return null;
  return costOf(tokens, { input, cachedInput, cacheWrite, output });
}

function priceUnknown(model: string): PodexError {
  const message = `Podex knows no price of ${model}, and what is spent here has a limit. Choose another model, or ask an admin to set its price.`;
  return new PodexError('model_price_unknown', message, { model });
}
