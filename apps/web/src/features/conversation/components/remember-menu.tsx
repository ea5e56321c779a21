'use client';

import type { Approval } from '@podex/contracts/conversations';
import type { RememberChoice, RuleScope } from '@podex/contracts/rules';
import { ChevronDown } from 'lucide-react';
import { Fragment } from 'react';
import { Button } from '#components/button.tsx';
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '#components/menu.tsx';
import { ruleText } from '#lib/rule-text.ts';
import type { Remember } from '../api/change-conversation.ts';
import { useIsOwner } from './conversation-access.tsx';

const SCOPES: { scope: RuleScope; label: string }[] = [
  { scope: 'conversation', label: 'In this conversation' },
  { scope: 'workspace', label: 'In this workspace' },
  { scope: 'user', label: 'In all workspaces that I own' },
];

interface RememberMenuProps {
  approval: Approval;
  isDisabled: boolean;
  isBusy: boolean;
  onChoose: (remember: Remember) => void;
}

/** Approves, and allows the same from now on: what exactly, and where. */
export function RememberMenu({ approval, isDisabled, isBusy, onChoose }: RememberMenuProps) {
  const isOwner = useIsOwner();
  const scopes = SCOPES.filter(({ scope }) => isOwner || scope !== 'user');
  const isNarrow = approval.choices.length > 1;
  return (
    <Menu
      width="w-80"
      trigger={
        <Button size="sm" variant="ghost" disabled={isDisabled} isBusy={isBusy}>
          Approve and remember
          <ChevronDown aria-hidden className="size-3.5" />
        </Button>
      }
    >
      {!isNarrow && approval.tool === 'run_command' && (
        <MenuLabel>No narrower rule fits this command.</MenuLabel>
      )}
      {approval.choices.map((choice, index) => (
        <Fragment key={choice.kind}>
          {index > 0 && <MenuSeparator />}
          <MenuLabel>
            <span className="break-words">{textOf(choice)}</span>
          </MenuLabel>
          {scopes.map(({ scope, label }) => (
            <MenuItem key={scope} onSelect={() => onChoose({ kind: choice.kind, scope })}>
              {label}
            </MenuItem>
          ))}
        </Fragment>
      ))}
    </Menu>
  );
}

function textOf({ rules }: RememberChoice): string {
  return rules.map(ruleText).join(', and ');
}
