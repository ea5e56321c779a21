import { z } from 'zod';
import { approvalId, conversationId, messageId, turnId, workspaceId } from './ids.ts';
import { usageSum } from './model-usage.ts';
import { modelName, reasoningEffort } from './models.ts';
import { rememberChoice, rememberKind, ruleScope } from './rules.ts';
import { anyText, nameText } from './text.ts';

/** `plan` changes nothing and ends with a plan; `ask` waits for an approval before each edit and command; `auto` does not wait. */
export const agentMode = z.enum(['plan', 'ask', 'auto']);
export type AgentMode = z.infer<typeof agentMode>;

export const turnStatus = z.enum(['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled']);
export type TurnStatus = z.infer<typeof turnStatus>;

/**
 * `approval`: for a person to allow something. `input`: for their answer. `retry`: the model's vendor asks to wait, or has failed. `workspace`: it starts, or can't be reached.
 * `budget`: what may be spent on models is spent. Only the first two are for a person to end.
 */
export const turnWaitingReason = z.enum(['approval', 'input', 'retry', 'workspace', 'budget']);
export type TurnWaitingReason = z.infer<typeof turnWaitingReason>;

export const turnWaiting = z
  .object({
    reason: turnWaitingReason,
    wake_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When it goes on by itself at the latest; null: when a person decides.' }),
    message: z.string().nullable().meta({ description: 'What failed before; null when nothing did.' }),
  })
  .meta({ id: 'TurnWaiting' });
export type TurnWaiting = z.infer<typeof turnWaiting>;

export const turn = z
  .object({
    id: turnId,
    conversation_id: conversationId,
    status: turnStatus,
    waiting: turnWaiting.nullable().meta({ description: 'Of a turn that is waiting: for what.' }),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    created_at: z.iso.datetime(),
    ended_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Turn' });
export type Turn = z.infer<typeof turn>;

export const conversation = z
  .object({
    id: conversationId,
    workspace_id: workspaceId,
    title: z.string(),
    mode: agentMode,
    model: modelName.nullable().meta({ description: 'null: the platform default.' }),
    reasoning_effort: reasoningEffort.nullable().meta({
      description:
        'How much the model reasons before it responds; null: as its provider has it. A model that can’t reason does not look at it.',
    }),
    active_turn: turn.nullable().meta({ description: 'The turn that has not ended, if there is one.' }),
    usage: usageSum,
    last_seq: z.number().int().meta({ description: 'The newest event of this conversation.' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof conversation>;

export const createConversationInput = z
  .object({
    title: nameText(200).optional(),
    mode: agentMode.default('ask'),
    model: modelName.nullable().optional(),
    reasoning_effort: reasoningEffort.nullable().optional(),
  })
  .meta({ id: 'CreateConversation' });
export const updateConversationInput = z
  .object({
    title: nameText(200),
    mode: agentMode,
    model: modelName.nullable(),
    reasoning_effort: reasoningEffort.nullable(),
  })
  .partial()
  .meta({ id: 'UpdateConversation' });

/**
 * A message sent while a turn runs either steers it (it is read before the next step) or queues a turn of its own.
 * Without a running turn both start one.
 */
export const createMessageInput = z
  .object({
    text: anyText(200_000).min(1),
    delivery: z.enum(['steer', 'queue']).default('steer'),
  })
  .meta({ id: 'CreateMessage' });
export type CreateMessageInput = z.infer<typeof createMessageInput>;

export const createdMessage = z
  .object({ message_id: messageId, turn_id: turnId })
  .meta({ id: 'CreatedMessage' });

export const approvalStatus = z.enum(['pending', 'approved', 'denied', 'expired']);

/** Of a question to a person. */
export const QUESTION_OPTIONS_MAX = 6;

/** What a person decides on: a change, a command, a question to them, or a plan. */
export const approvalPreview = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('question'),
    question: z.string(),
    options: z.array(z.string()).max(QUESTION_OPTIONS_MAX),
    is_multiple: z.boolean().meta({ description: 'More than one option may be chosen.' }),
  }),
  z.object({ type: z.literal('plan'), markdown: z.string() }),
  z.object({ type: z.literal('command'), command: z.string(), cwd: z.string().nullable() }),
  z.object({
    type: z.literal('diff'),
    path: z.string(),
    target: z
      .string()
      .optional()
      .meta({ description: 'The file that is changed, when `path` leads to it through a link.' }),
    etag: z
      .string()
      .optional()
      .meta({ description: 'Of the version that `before` shows: another is not changed.' }),
    before: z.string().nullable(),
    after: z.string(),
  }),
]);
export type ApprovalPreview = z.infer<typeof approvalPreview>;

/** What a person said with their decision on a question or a plan. */
export const approvalAnswer = z
  .object({
    choices: z
      .array(anyText(500).min(1))
      .max(QUESTION_OPTIONS_MAX)
      .default([])
      .meta({ description: 'Options of the question.' }),
    text: anyText(10_000)
      .nullable()
      .default(null)
      .meta({ description: 'An answer in own words, or what to change in a plan.' }),
    mode: agentMode
      .exclude(['plan'])
      .optional()
      .meta({ description: 'Of a plan that is approved: how to go on.' }),
  })
  .meta({ id: 'ApprovalAnswer' });
export type ApprovalAnswer = z.infer<typeof approvalAnswer>;

export const approval = z
  .object({
    id: approvalId,
    conversation_id: conversationId,
    workspace_id: workspaceId,
    turn_id: turnId,
    tool: z.string(),
    summary: z.string().meta({ description: 'One line for a person: what will be done.' }),
    input: z.record(z.string(), z.unknown()),
    preview: approvalPreview.nullable(),
    choices: z
      .array(rememberChoice)
      .max(5)
      .default([])
      .meta({ description: 'What can be remembered with the decision, from the narrowest on.' }),
    answer: approvalAnswer.nullable().default(null).meta({ description: 'Of a question or a plan.' }),
    status: approvalStatus,
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Approval' });
export type Approval = z.infer<typeof approval>;

/**
 * `remember`: one of the approval’s choices, as rules that allow or deny it from now on. A `user` rule is for owners. `answer`: to a
 * question, whose approval needs one (denying leaves it unanswered), and on a plan, whose approval needs a `mode`.
 */
export const resolveApprovalInput = z
  .object({
    decision: z.enum(['approve', 'deny']),
    remember: z.object({ kind: rememberKind, scope: ruleScope }).optional(),
    answer: approvalAnswer.optional(),
  })
  .meta({ id: 'ResolveApproval' });
