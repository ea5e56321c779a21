import { z } from 'zod';
import { approval, approvalAnswer, approvalStatus, turnWaiting } from './conversations.ts';
import { fileVersion } from './file-versions.ts';
import { approvalId, checkpointId, messageId, stepId, toolCallId, turnId } from './ids.ts';
import { modelCallOutcome, modelTokens, tokenCount } from './model-usage.ts';
import { serverStatus } from './servers.ts';
import { keptText } from './text.ts';
import { daemonUpdate, desiredStatus, workspaceSetup, workspaceStatus } from './workspaces.ts';

/**
 * Durable events. Facts are in the past tense (`turn.completed`); streamed parts are `start | delta | end`.
 * Each has a `seq` that grows in its topic; a client resumes with `after=<last seq>`. Deltas go once their end is stored
 * (`text.end`, `reasoning.end`, `tool_call.ready` for the input, `tool_call.end` for the output, `step.restarted` for all of the step):
 * their seqs are skipped, and a client that stands among them is told the end, whose whole replaces what it has of the part. No
 * state is missed; what is gone otherwise is told by `reset`.
 */
const inTurn = { turn_id: turnId };
const inStep = { turn_id: turnId, step_id: stepId };
const part = {
  part_id: z.string().meta({ description: 'Joins the start, deltas and end of one part of a step.' }),
};
const ofToolCall = { tool_call_id: toolCallId };

function event<const Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return z.object({ type: z.literal(type), ...shape });
}

/** How much of a tool's input, output or result is kept in one event, in characters. */
export const TOOL_OUTPUT_MAX_CHARACTERS = 50_000;

export const usage = z
  .object({
    model: z.string(),
    input_tokens: z.number().int(),
    output_tokens: z.number().int(),
    cached_input_tokens: z.number().int(),
    cost_usd: z.number().nullable().meta({
      description: 'The provider’s own figure, or by the price of the model; null when it is not known.',
    }),
  })
  .meta({ id: 'Usage' });

export type Usage = z.infer<typeof usage>;

/** Of a worker, and told to everybody who follows the conversation. */
const stepEvent = z.discriminatedUnion('type', [
  event('step.started', { ...inStep, step_index: z.number().int(), model: z.string() }),
  event('step.restarted', {
    ...inStep,
    step_index: z.number().int(),
    reason: z.string(),
    model: z.string().optional().meta({ description: 'Where it is another than before.' }),
  }),
  event('step.finished', {
    ...inStep,
    step_index: z.number().int(),
    finish_reason: z.string(),
    /** The response was cut at the longest that the model may give. */
    is_truncated: z.boolean().optional(),
  }),
  event('step.retrying', { ...inStep, reason: z.string(), retry_in_ms: z.number().int() }),
  event('text.start', { ...inStep, ...part }),
  event('text.delta', { ...inStep, ...part, text: z.string() }),
  event('text.end', { ...inStep, ...part, text: z.string() }),
  event('reasoning.start', { ...inStep, ...part }),
  event('reasoning.delta', { ...inStep, ...part, text: z.string() }),
  event('reasoning.end', { ...inStep, ...part, text: z.string() }),
  event('tool_call.start', { ...inStep, ...ofToolCall, tool: z.string() }),
  event('tool_call.input', { ...inStep, ...ofToolCall, delta: z.string() }),
  event('tool_call.ready', {
    ...inStep,
    ...ofToolCall,
    tool: z.string(),
    input: z.record(z.string(), z.unknown()),
    summary: z.string(),
  }),
  event('tool_call.output', { ...inStep, ...ofToolCall, text: z.string() }),
  event('tool_call.end', {
    ...inStep,
    ...ofToolCall,
    status: z.enum(['completed', 'failed', 'denied', 'cancelled']),
    output: z.string().meta({ description: 'What the model is told.' }),
    files: z
      .array(fileVersion)
      .max(100)
      .optional()
      .meta({ description: 'Files that the call read or wrote whole, or edited.' }),
  }),
  event('approval.requested', { ...inStep, ...ofToolCall, approval }),
  /** Before the first change that the turn makes; said again by a worker that takes over. */
  event('checkpoint.created', { ...inStep, checkpoint_id: checkpointId }),
]);

/** Kept by api as a row for each call; what it used and cost is told as `usage.recorded`. */
export const modelCallEvent = z.discriminatedUnion('type', [
  /** Durable before the model is asked. */
  event('model_call.started', {
    ...inStep,
    model: z.string(),
    estimated_input_tokens: tokenCount.meta({
      description: 'Counts while the provider has given no figures.',
    }),
  }),
  event('model_call.ended', {
    ...inStep,
    outcome: modelCallOutcome,
    code: keptText(100).nullable(),
    finish_reason: keptText(200).nullable(),
    response_id: keptText(500).nullable(),
    tokens: modelTokens.nullable().meta({ description: 'The provider’s figures; null when it gave none.' }),
    cost_usd: z.number().min(0).nullable().meta({ description: 'The provider’s own figure.' }),
    estimated_output_tokens: tokenCount,
  }),
]);
export type ModelCallEvent = z.infer<typeof modelCallEvent>;

/** Events that a worker of the agent service appends while it holds a turn’s lease. */
export const workerEvent = z.discriminatedUnion('type', [stepEvent, modelCallEvent]);
export type WorkerEvent = z.infer<typeof workerEvent>;

/** Events that api itself appends. */
const conversationFact = z.discriminatedUnion('type', [
  event('message.created', { ...inTurn, message_id: messageId, role: z.literal('user'), text: z.string() }),
  event('turn.queued', inTurn),
  event('turn.started', { ...inTurn, attempt: z.number().int() }),
  /** Nobody works on it until it is queued or started again. */
  event('turn.waiting', { ...inTurn, ...turnWaiting.shape }),
  event('turn.completed', inTurn),
  event('turn.failed', { ...inTurn, code: z.string(), message: z.string() }),
  event('turn.cancelled', inTurn),
  event('approval.resolved', {
    ...inTurn,
    approval_id: approvalId,
    status: approvalStatus,
    answer: approvalAnswer.optional(),
  }),
  /** What one call of a model used, failed ones as well. */
  event('usage.recorded', { ...inStep, usage }),
]);

export const conversationEventBody = z.union([stepEvent, conversationFact]);
export type ConversationEventBody = z.infer<typeof conversationEventBody>;

/** Events of the topics `workspace:<id>` and `user:<id>`: the workspace changed; its new state is in the event. */
export const workspaceEventBody = z.discriminatedUnion('type', [
  event('workspace.changed', {
    workspace_id: z.string(),
    desired_status: desiredStatus,
    status: workspaceStatus,
    reason: z.string().nullable(),
    /** Left out by an older Podex. */
    setup: workspaceSetup.nullable().optional(),
    stops_at: z.iso.datetime().nullable().optional(),
    daemon_update: daemonUpdate.nullable().optional(),
  }),
  /** Once per idle period: it is stopped then, unless it is used before. */
  event('workspace.stopping_soon', { workspace_id: z.string(), stops_at: z.iso.datetime() }),
  /** On the topic of a person: which workspaces and teams are theirs has changed. */
  event('access.changed', { workspace_id: z.string().nullable(), team_id: z.string().nullable() }),
]);
export const serverEventBody = z.discriminatedUnion('type', [
  event('server.changed', { server_id: z.string(), status: serverStatus, reason: z.string().nullable() }),
]);

export const eventBody = z.union([conversationEventBody, workspaceEventBody, serverEventBody]);
export type EventBody = z.infer<typeof eventBody>;

const envelope = z.object({ seq: z.number().int().min(1), at: z.iso.datetime() });
export const conversationEvent = z
  .intersection(envelope, conversationEventBody)
  .meta({ id: 'ConversationEvent' });
export type ConversationEvent = z.infer<typeof conversationEvent>;
export const durableEvent = z.intersection(envelope, eventBody);
export type DurableEvent = z.infer<typeof durableEvent>;
