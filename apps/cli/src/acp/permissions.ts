import type { PermissionOption, RequestPermissionOutcome } from '@agentclientprotocol/sdk';
import type { Approval } from '@podex/contracts/conversations';
import { rememberOptions } from '../conversations/approval-text.ts';
import type { Decision } from '../conversations/conversation-requests.ts';

interface Choice {
  option: PermissionOption;
  decision: Decision;
}

function choicesOf(approval: Approval): Choice[] {
  return [
    {
      option: { optionId: 'approve', name: 'Allow', kind: 'allow_once' },
      decision: { decision: 'approve' },
    },
    ...rememberOptions(approval).map(
      ({ remember, text }): Choice => ({
        option: {
          optionId: `approve ${remember.kind} ${remember.scope}`,
          name: `Always allow ${text}`,
          kind: 'allow_always',
        },
        decision: { decision: 'approve', remember },
      }),
    ),
    { option: { optionId: 'deny', name: 'Deny', kind: 'reject_once' }, decision: { decision: 'deny' } },
  ];
}

export function permissionOptions(approval: Approval): PermissionOption[] {
  return choicesOf(approval).map(({ option }) => option);
}

/** Undefined: the person has decided nothing. */
export function decisionOf(approval: Approval, outcome: RequestPermissionOutcome): Decision | undefined {
  if (outcome.outcome !== 'selected') return undefined;
  return choicesOf(approval).find(({ option }) => option.optionId === outcome.optionId)?.decision;
}
