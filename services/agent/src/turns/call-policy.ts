import type { TurnContext } from '@podex/contracts/internal/turns';
import { type Decision, decide } from '../policy/decide.ts';
import type { PreparedCall } from '../tools/tool.ts';

/** What the policy says of a call. Asked before every effect of a turn, here and nowhere else. */
export function decisionOn(context: TurnContext, { tool, effect }: PreparedCall): Decision {
  return decide({ tool, effect, origin: 'main' }, context);
}
