import { z } from 'zod';
import { agentMode, approvalStatus } from '../conversations.ts';
import { workerEvent } from '../events.ts';
import { fileVersion } from '../file-versions.ts';
import { approvalId, conversationId, messageId, stepId, toolCallId, turnId, workspaceId } from '../ids.ts';
import { policyRule } from '../rules.ts';
import { keptText, lineText } from '../text.ts';
import { capabilityToken } from './capability.ts';

/** The largest number of PostgreSQL’s `integer`. */
const INDEX_MAX = 2_147_483_647;

/**
 * The protocol between agent (client) and api (server, `/internal/turns/…`, bearer INTERNAL_SERVICE_TOKEN).
 * Agent keeps no state that must survive it: whatever is acknowledged here is durable.
 *
 * - `POST /internal/turns/claim`          claimInput → claimResult        long poll; at most one turn
 * - `POST /internal/turns/presence`       presenceInput → 204             as long as it is open, the worker lives
 * - `POST /internal/turns/{id}/context`   contextInput → turnContext      everything needed to continue, read when the turn is taken
 * - `POST /internal/turns/{id}/renew`     renewInput → leaseState         409 lease_lost: stop at once, write nothing more
 * - `POST /internal/turns/{id}/events`    appendInput → appendResult      idempotent by (turn, step, index)
 * - `POST /internal/turns/{id}/release`   releaseInput → releaseResult    releases the lease
 */
const leaseToken = lineText(100).min(16);

export const claimInput = z.object({
  worker_id: lineText(100).min(1),
  wait_ms: z.number().int().min(0).max(30_000),
});
/** A worker says that it lives, by a connection that it keeps open for `wait_ms` and opens again. */
export const presenceInput = claimInput.pick({ worker_id: true, wait_ms: true });
export const claimedTurn = z.object({
  turn_id: turnId,
  conversation_id: conversationId,
  workspace_id: workspaceId,
  lease_token: leaseToken,
  capability: capabilityToken.meta({ description: 'Opens the workspace of this turn to its worker.' }),
  lease_ttl_ms: z
    .number()
    .int()
    .meta({ description: 'Renew well before; another worker takes the turn after it.' }),
});
export type ClaimedTurn = z.infer<typeof claimedTurn>;
export const claimResult = z.object({ turn: claimedTurn.nullable() });

/** A part of the model’s answer as it is fed back. `provider_metadata` is the vendor’s own, opaque (signatures of reasoning). */
const providerMetadata = z.record(z.string(), z.record(z.string(), z.json())).optional();
export const assistantPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string(), provider_metadata: providerMetadata }),
  z.object({ type: z.literal('reasoning'), text: z.string(), provider_metadata: providerMetadata }),
  z.object({
    type: z.literal('tool_call'),
    tool_call_id: toolCallId,
    tool: z.string(),
    input: z.record(z.string(), z.unknown()),
    provider_metadata: providerMetadata,
  }),
]);
export type AssistantPart = z.infer<typeof assistantPart>;

/** `pending`: not ended yet; it may run already, under the command id derived from the tool call’s. */
export const toolCallState = z.object({
  tool_call_id: toolCallId,
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
  status: z.enum(['pending', 'completed', 'failed', 'denied', 'cancelled']),
  output: z.string().nullable(),
  files: z.array(fileVersion).optional(),
  approval: z
    .object({
      id: approvalId,
      status: approvalStatus,
      file: z
        .object({ etag: z.string().nullable(), target: z.string().nullable() })
        .nullable()
        .default(null)
        .meta({ description: 'Of the diff that a person was shown; a file that was not there has no etag.' }),
    })
    .nullable(),
});
export type ToolCallState = z.infer<typeof toolCallState>;

/**
 * `thinking`: the model was asked and has not finished its response (ask again). `acting`: its answer is kept, tool calls go on.
 * `next_index`: where a worker continues to number this step’s events.
 */
export const stepState = z.object({
  step_id: stepId,
  step_index: z.number().int(),
  status: z.enum(['thinking', 'acting', 'finished']),
  assistant: z.array(assistantPart),
  tool_calls: z.array(toolCallState),
  is_truncated: z.boolean().meta({
    description: 'The response was cut at the longest that the model may give.',
  }),
  next_index: z.number().int(),
  retries: z.number().int().meta({
    description: 'How often the model was asked again for this step after a failure, by all workers.',
  }),
});
export type StepState = z.infer<typeof stepState>;

/** A person’s message. It stands in the prompt right before step `before_step` of its turn. */
export const userMessageState = z.object({
  message_id: messageId,
  text: z.string(),
  before_step: z.number().int(),
});
export type UserMessageState = z.infer<typeof userMessageState>;

export const turnHistory = z.object({
  turn_id: turnId,
  messages: z.array(userMessageState),
  steps: z.array(stepState),
});
export type TurnHistory = z.infer<typeof turnHistory>;

const turnRefusal = z.object({ code: z.string(), message: z.string() }).nullable().meta({
  description: 'Why the model may not be asked again: the turn fails with this. What was begun is finished.',
});
/** Another when the rules are. */
const rulesVersion = lineText(100);

export const turnContext = z.object({
  turn_id: turnId,
  conversation_id: conversationId,
  workspace_id: workspaceId,
  workspace_name: z.string(),
  mode: agentMode,
  model: z.string().nullable(),
  rules: z
    .array(policyRule)
    .meta({ description: 'Of the conversation, its workspace, and the owner of the workspace.' }),
  rules_version: rulesVersion,
  cancel_requested: z.boolean(),
  refusal: turnRefusal,
  workspace_wait_over: z.boolean().meta({
    description: 'The turn has waited for its workspace for as long as it may: what needs it fails.',
  }),
  turns: z.array(turnHistory).meta({ description: 'Oldest first; the last one is this turn.' }),
});
export type TurnContext = z.infer<typeof turnContext>;

export const contextInput = z.object({ lease_token: leaseToken });
export const renewInput = z.object({ lease_token: leaseToken });
export const leaseState = z.object({
  cancel_requested: z.boolean(),
  expires_in_ms: z.number().int(),
  capability: capabilityToken.meta({ description: 'Replaces the one before, which expires soon.' }),
});
export type LeaseState = z.infer<typeof leaseState>;

/**
 * Events of one step, numbered `first_index`, `first_index + 1`, …; a batch that was taken already is acknowledged again.
 * api projects them: `step.started` opens the step, `assistant` (given once, with the events that end the model’s answer)
 * makes it `acting`, `tool_call.ready` and `tool_call.end` keep the calls, `approval.requested` makes the approval,
 * `step.retrying` counts, `step.finished` closes the step.
 *
 * A worker keeps its context and adds what it appends itself; the response to the batch with `step.finished` has what came from others.
 */
export const appendInput = z.object({
  lease_token: leaseToken,
  step_id: stepId,
  step_index: z.number().int().min(0).max(INDEX_MAX),
  first_index: z.number().int().min(0).max(INDEX_MAX),
  events: z.array(workerEvent).min(1).max(500),
  assistant: z.array(assistantPart).max(10_000).optional(),
  rules_version: rulesVersion.optional().meta({ description: 'Of the rules that the worker has.' }),
});
export type AppendInput = z.infer<typeof appendInput>;

/** What the context of the next step has besides what the worker appended. */
export const stepNews = turnContext
  .pick({ mode: true, model: true, rules_version: true, refusal: true })
  .extend({
    rules: z.array(policyRule).nullable().meta({ description: 'null: as the worker has them.' }),
    messages: z.array(userMessageState).meta({ description: 'All that no step has read.' }),
  });
export type StepNews = z.infer<typeof stepNews>;
export const appendResult = leaseState.extend({
  news: stepNews.nullable().meta({ description: 'null while the step goes on.' }),
});
export type AppendResult = z.infer<typeof appendResult>;

/** A turn that is `waiting` is claimed again when its reason has passed: by a row (an approval, the workspace’s status) or the clock. */
export const releaseInput = z.union([
  z.object({ lease_token: leaseToken, status: z.literal('waiting'), reason: z.literal('approval') }),
  z.object({
    lease_token: leaseToken,
    status: z.literal('waiting'),
    reason: z.literal('retry'),
    wait_ms: z.number().int().min(0).max(86_400_000),
    message: keptText(10_000),
  }),
  z.object({
    lease_token: leaseToken,
    status: z.literal('waiting'),
    reason: z.literal('workspace'),
    message: keptText(10_000),
  }),
  z.object({ lease_token: leaseToken, status: z.literal('completed') }),
  z.object({ lease_token: leaseToken, status: z.literal('cancelled') }),
  z.object({
    lease_token: leaseToken,
    status: z.literal('failed'),
    code: lineText(100),
    message: keptText(10_000),
  }),
  z.object({ lease_token: leaseToken, status: z.literal('released') }),
]);
export type ReleaseInput = z.infer<typeof releaseInput>;

/** `continue`: a message arrived or every approval was decided meanwhile; the lease is kept, read the context and go on. */
export const releaseResult = z.object({ outcome: z.enum(['released', 'continue']) });

/** `GET /internal/providers` (api → agent at its request): provider keys that the operator set on api only. */
export const providerSettings = z.object({
  default_provider: z.string().nullable(),
  openrouter_api_key: z.string().nullable(),
});
