import type { TurnContext } from '@podex/contracts/internal/turns';

export interface ProposedCall {
  tool: string;
  /** The tool says so of this input: it changes something. */
  needsApproval: boolean;
}

/** Whether a call may run at once, or only after a person approves it. Pure: the same input always gives the same decision. */
export function decide(
  { tool, needsApproval }: ProposedCall,
  { mode, allowed_tools: allowedTools }: Pick<TurnContext, 'mode' | 'allowed_tools'>,
): 'allow' | 'ask' {
  if (mode !== 'ask' || !needsApproval) return 'allow';
  return allowedTools.includes(tool) ? 'allow' : 'ask';
}
