import type { PermissionOption, RequestPermissionOutcome } from '@agentclientprotocol/sdk';
import type { Approval } from '@podex/contracts/conversations';
import { rememberOptions } from '../conversations/approval-text.ts';
import type { Decision } from '../conversations/conversation-requests.ts';

interface Choice {
  option: PermissionOption;
  decision: Decision;
}

function choicesOf(approval: Approval): Choice[] {
  switch (approval.preview?.type) {
    case 'question':
      return [...approval.preview.options.map(answerChoice), denial('Leave it unanswered')];
    case 'plan':
      return [
        planChoice('ask', 'Go on, and ask before changes'),
        planChoice('auto', 'Go on in auto mode'),
        denial('Keep planning'),
      ];
    default:
      return permissionChoices(approval);
  }
}

function answerChoice(option: string, index: number): Choice {
  return {
    option: { optionId: `answer ${index}`, name: option, kind: 'allow_once' },
    decision: { decision: 'approve', answer: { choices: [option] } },
  };
}

function planChoice(mode: 'ask' | 'auto', name: string): Choice {
  return {
    option: { optionId: `approve in ${mode}`, name, kind: 'allow_once' },
    decision: { decision: 'approve', answer: { mode } },
  };
}

function denial(name: string): Choice {
  return { option: { optionId: 'deny', name, kind: 'reject_once' }, decision: { decision: 'deny' } };
}

function permissionChoices(approval: Approval): Choice[] {
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
    denial('Deny'),
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
