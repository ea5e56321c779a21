'use client';

import { useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { ListSection } from '#components/list-section.tsx';
import { rulesQuery } from '../api/rules-query.ts';
import { RuleForm } from './rule-form.tsx';
import { RuleRow } from './rule-list.tsx';

const OWN = { scope: 'user' } as const;

/** Rules of the person; part of the account page. */
export function OwnRulesSection() {
  const [isAdding, setAdding] = useState(false);
  const rules = useQuery(rulesQuery(OWN));
  return (
    <ListSection
      title="Rules for agents"
      description="What agents in the workspaces that you own may do without asking, must ask for, or may not do."
      add={{ label: 'Add rule', onClick: () => setAdding(true) }}
      query={rules}
      what="the rules"
      empty={{
        icon: <ShieldCheck />,
        title: 'No rules',
        hint: 'Without a rule, the mode of each conversation decides.',
      }}
      dialogs={
        <Dialog isOpen={isAdding} onOpenChange={setAdding} title="Add rule">
          <RuleForm place={OWN} onDone={() => setAdding(false)} />
        </Dialog>
      }
    >
      {(rule) => <RuleRow key={rule.id} place={OWN} rule={rule} />}
    </ListSection>
  );
}
