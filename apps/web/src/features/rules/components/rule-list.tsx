'use client';

import type { Rule, RuleEffect } from '@podex/contracts/rules';
import { useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { Badge, type Tone } from '#components/badge.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { RemoveButton } from '#components/remove-button.tsx';
import { Row } from '#components/row.tsx';
import { toast } from '#components/toaster.tsx';
import { formatAgo } from '#lib/format.ts';
import { ruleText } from '#lib/rule-text.ts';
import { useNow } from '#lib/use-now.ts';
import { type RulePlace, rulesQuery, useRemoveRule } from '../api/rules-query.ts';

const MINUTE_MS = 60_000;

interface RuleListProps {
  place: RulePlace;
  hint: string;
}

/** The rules of one place, newest first. */
export function RuleList({ place, hint }: RuleListProps) {
  const rules = useQuery(rulesQuery(place));
  return (
    <LoadedRows
      label="Rules"
      query={rules}
      what="the rules"
      empty={
        <EmptyState icon={<ShieldCheck />} title="No rules">
          {hint}
        </EmptyState>
      }
    >
      {(rule) => <RuleRow key={rule.id} place={place} rule={rule} />}
    </LoadedRows>
  );
}

export function RuleRow({ place, rule }: { place: RulePlace; rule: Rule }) {
  const remove = useRemoveRule(place);
  const now = useNow(MINUTE_MS);
  const text = ruleText(rule);
  return (
    <Row
      title={<EffectBadge effect={rule.effect} />}
      detail={`${text} · Added ${formatAgo(rule.created_at, now)}`}
    >
      <RemoveButton
        action="Remove"
        name={text}
        title="Remove this rule?"
        description="Agents follow it no longer, from their next step on."
        request={remove}
        onConfirm={() => remove.mutate(rule.id, { onSuccess: () => toast.success('Rule removed') })}
      />
    </Row>
  );
}

const EFFECTS: Record<RuleEffect, { label: string; tone: Tone }> = {
  allow: { label: 'Allow', tone: 'success' },
  ask: { label: 'Ask first', tone: 'warning' },
  deny: { label: 'Deny', tone: 'danger' },
};

function EffectBadge({ effect }: { effect: RuleEffect }) {
  const { label, tone } = EFFECTS[effect];
  return <Badge tone={tone}>{label}</Badge>;
}
