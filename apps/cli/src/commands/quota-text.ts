import {
  QUOTA_KEYS,
  type QuotaHolder,
  type QuotaUnit,
  type QuotaUse,
  type UpdateQuotasInput,
  updateQuotasInput,
} from '@podex/contracts/quotas';
import { CliError, EXIT } from '../cli-error.ts';
import { tableText } from './user-text.ts';

const RESET = 'default';

/** A table for each holder. */
export function quotasText(holders: readonly QuotaHolder[]): string {
  return holders
    .map((holder) => `${holder.kind} ${holder.name}  ${holder.id}\n${tableText(holder.quotas.map(rowOf))}`)
    .join('\n\n');
}

function rowOf({ quota, unit, used, max, is_own: isOwn }: QuotaUse): string[] {
  const allowed = max === null ? 'no limit' : `of ${amountText(max, unit)}`;
  return [quota, amountText(used, unit), allowed, isOwn ? 'set for this one' : ''];
}

function amountText(amount: number, unit: QuotaUnit): string {
  if (unit === 'usd') return `$${amount.toFixed(2)}`;
  if (unit === 'mb') return `${amount} MB`;
  return unit === 'gb' ? `${amount} GB` : String(amount);
}

/** What was typed, as the change of one quota. @throws CliError when there is no such quota, or it cannot be so much. */
export function parseQuota(name: string, text: string): UpdateQuotasInput {
  if (!QUOTA_KEYS.some((key) => key === name)) {
    throw new CliError(`there is no quota ${name}`, {
      cure: `it is one of ${QUOTA_KEYS.join(', ')}`,
      exitCode: EXIT.usage,
    });
  }
  const value = text === RESET ? null : text.trim() === '' ? Number.NaN : Number(text);
  const parsed = updateQuotasInput.safeParse({ [name]: value });
  if (parsed.success) return parsed.data;
  throw new CliError(`${name} cannot be ${text}: ${parsed.error.issues[0]?.message ?? 'it is not valid'}`, {
    cure: 'a number, or "default" for the platform’s setting',
    exitCode: EXIT.usage,
  });
}
