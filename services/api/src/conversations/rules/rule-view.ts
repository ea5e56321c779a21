import type { PolicyRule, Rule, RuleScope } from '@podex/contracts/rules';
import type { RuleRow } from './rule-store.ts';

export function presentRule(row: RuleRow): Rule {
  return {
    ...toPolicyRule(row),
    id: row.id,
    conversation_id: row.conversation_id,
    workspace_id: row.workspace_id,
    created_at: row.created_at.toISOString(),
  };
}

/** As the agent’s policy reads it. */
export function toPolicyRule(row: RuleRow): PolicyRule {
  const { effect, tool, path, command } = row;
  return { scope: scopeOf(row), effect, tool, path, command };
}

function scopeOf(row: RuleRow): RuleScope {
  if (row.conversation_id !== null) return 'conversation';
  return row.workspace_id === null ? 'user' : 'workspace';
}
