import type { Approval, ApprovalPreview } from '@podex/contracts/conversations';
import { TOOL_OUTPUT_MAX_CHARACTERS } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import type { ToolCallState, TurnContext } from '@podex/contracts/internal/turns';
import { shortenInput } from '@podex/contracts/shorten-input';
import { rememberChoices } from '../policy/remember-choices.ts';
import { failureText, isForModel } from '../tools/failure-text.ts';
import { type PreparedCall, ToolInputError } from '../tools/tool.ts';
import type { ActingStep } from './acting-step.ts';
import { decisionOn } from './call-policy.ts';
import type { PendingCall } from './tool-calls.ts';

const EXPIRES_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

/** Whether a person must be asked before this call runs, and has not been asked yet. */
function mustAsk(state: ToolCallState, prepared: PreparedCall, context: TurnContext): boolean {
  return state.approval === null && decisionOn(context, prepared).verdict === 'ask';
}

/**
 * Asks for every call of the step that needs it, all at once. A call that cannot succeed as things are ends here, so that nobody
 * is asked for nothing. Returns whether the step now waits for a person.
 */
export async function requestApprovals(acting: ActingStep, calls: readonly PendingCall[]): Promise<boolean> {
  let isWaiting = calls.some(({ state }) => state.approval?.status === 'pending');
  let mayStillChange = false;
  for (const call of calls) {
    if (call.prepared instanceof ToolInputError) continue;
    if (mustAsk(call.state, call.prepared, acting.context)) {
      const asked = await requestApproval(acting, call.state, call.prepared, mayStillChange);
      isWaiting ||= asked;
    }
    // An earlier call of the step may make the file that a later one edits.
    mayStillChange ||= call.prepared.effect.kind === 'mutates';
  }
  return isWaiting;
}

async function requestApproval(
  acting: ActingStep,
  state: PendingCall['state'],
  prepared: PreparedCall,
  mayStillChange: boolean,
): Promise<boolean> {
  let preview: ApprovalPreview | null = null;
  try {
    preview = await prepared.preview(acting.toolContext(state));
  } catch (error) {
    if (!isForModel(error)) throw error;
    if (!mayStillChange) {
      await acting.end(state, { status: 'failed', output: failureText(error) });
      return false;
    }
  }
  const { ids, context, journal } = acting;
  const now = Date.now();
  const approval: Approval = {
    id: newId('approval', now),
    conversation_id: context.conversation_id,
    workspace_id: context.workspace_id,
    turn_id: context.turn_id,
    tool: state.tool,
    summary: prepared.summary,
    input: shortenInput(state.input, TOOL_OUTPUT_MAX_CHARACTERS),
    preview,
    choices: rememberChoices(prepared.tool, prepared.effect),
    status: 'pending',
    created_at: new Date(now).toISOString(),
    expires_at: new Date(now + EXPIRES_AFTER_MS).toISOString(),
  };
  await journal.add({ type: 'approval.requested', ...ids, tool_call_id: state.tool_call_id, approval });
  return true;
}
