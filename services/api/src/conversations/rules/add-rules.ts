import { isDeepStrictEqual } from 'node:util';
import { PodexError } from '@podex/contracts/errors';
import { newId, type RuleId, type WorkspaceId } from '@podex/contracts/ids';
import { RULES_PER_PLACE_MAX, type RuleEffect, type RuleMatch } from '@podex/contracts/rules';
import { appendAudit } from '../../audit/append-audit.ts';
import type { Call } from '../../calls/call.ts';
import type { Work } from '../../database/transact.ts';
import { insertRule, listRules, lockRulesOf, type RulePlace, type RuleRow } from './rule-store.ts';

export type RuleToAdd = RuleMatch & { effect: RuleEffect };

export interface RuleTarget {
  place: RulePlace;
  /** Undefined for rules of a person. */
  workspaceId: WorkspaceId | undefined;
}

/**
 * Adds rules that the caller has been allowed to add; one that is there already stays as it is.
 *
 * @returns their ids, in the order of the rules.
 * @throws PodexError limit_reached.
 */
export async function addRules(
  work: Work,
  call: Call,
  { place, workspaceId }: RuleTarget,
  rules: readonly RuleToAdd[],
): Promise<RuleId[]> {
  await lockRulesOf(work.tx, place);
  const rows = await listRules(work.tx, place);
  const ids: RuleId[] = [];
  let count = rows.length;
  for (const rule of rules) {
    const same = rows.find((row) => isSame(row, rule));
    const id = same?.id ?? newId('rule');
    ids.push(id);
    if (same !== undefined) continue;
    count += 1;
    if (count > RULES_PER_PLACE_MAX) throw tooMany();
    const { effect, tool, path, command } = rule;
    await insertRule(work.tx, place, { id, effect, tool, path, command, createdBy: call.actor.userId });
    appendAudit(work, call, {
      action: 'rule.added',
      target: { kind: 'rule', id, name: tool },
      workspaceId,
      details: detailsOf(place, rule),
    });
  }
  return ids;
}

export function detailsOf(place: RulePlace, { effect, path, command }: Omit<RuleToAdd, 'tool'>) {
  return { effect, scope: place.scope, path, command: command === null ? null : command.join(' ') };
}

function isSame(row: RuleRow, { effect, tool, path, command }: RuleToAdd): boolean {
  const isAlike = row.effect === effect && row.tool === tool && row.path === path;
  return isAlike && isDeepStrictEqual(row.command, command);
}

function tooMany(): PodexError {
  return new PodexError(
    'limit_reached',
    `There are ${RULES_PER_PLACE_MAX} rules here already. Remove some that you no longer need.`,
    { limit: 'rules', max: RULES_PER_PLACE_MAX },
  );
}
