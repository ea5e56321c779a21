'use client';

import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { Card } from '#components/section.tsx';
import type { RulePlace } from '../api/rules-query.ts';
import { RuleForm } from './rule-form.tsx';
import { RuleList } from './rule-list.tsx';

interface RulesDialogProps {
  place: Exclude<RulePlace, { scope: 'user' }>;
  onClose: () => void;
}

const WORDS = {
  conversation: {
    title: 'Rules of this conversation',
    description:
      'What the agent may do here without asking, must ask for, or may not do. Rules of the workspace and of its owner’s account hold as well; deny wins over ask, and ask over allow.',
    hint: 'Choose “Approve and remember” when the agent asks, or add one here.',
  },
  workspace: {
    title: 'Rules for agents in this workspace',
    description:
      'What agents may do in every conversation here without asking, must ask for, or may not do. Deny wins over ask, and ask over allow.',
    hint: 'Choose “Approve and remember” when an agent asks, or add one here.',
  },
};

export function RulesDialog({ place, onClose }: RulesDialogProps) {
  const [isAdding, setAdding] = useState(false);
  const { title, description, hint } = WORDS[place.scope];
  return (
    <Dialog isOpen onOpenChange={onClose} title={title} description={description} width="lg">
      {isAdding ? (
        <RuleForm place={place} onDone={() => setAdding(false)} />
      ) : (
        <>
          <Card>
            <RuleList place={place} hint={hint} />
          </Card>
          <DialogActions>
            <Button onClick={() => setAdding(true)}>
              <Plus aria-hidden className="size-4" />
              New rule
            </Button>
            <Button variant="primary" onClick={onClose}>
              Done
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  );
}
