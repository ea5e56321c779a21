import { z } from 'zod';
import { approval, turnStatus, turnWaiting } from './conversations.ts';
import { checkpointId, conversationId, messageId, stepId, toolCallId, turnId } from './ids.ts';
import { pageOf } from './pagination.ts';
import { opaqueText } from './text.ts';

/** A conversation as a person reads it: its events folded into turns and their items (`apply-conversation-event.ts`). */
const key = z.string().meta({ description: 'Unique within the turn.' });
const isoTime = z.iso.datetime();

const messageItem = z.object({
  type: z.literal('message'),
  key,
  message_id: messageId,
  text: z.string(),
  at: isoTime,
});

/** What the model says (`text`) or thinks (`reasoning`). */
const proseItem = z.object({
  type: z.enum(['text', 'reasoning']),
  key,
  step_id: stepId,
  text: z.string(),
  is_streaming: z.boolean(),
});
export type ProseItem = z.infer<typeof proseItem>;

/** `preparing`: the model still writes its input. */
const toolCallStatus = z.enum(['preparing', 'running', 'completed', 'failed', 'denied', 'cancelled']);
export type ToolCallStatus = z.infer<typeof toolCallStatus>;

const toolCallItem = z.object({
  type: z.literal('tool_call'),
  key,
  step_id: stepId,
  tool_call_id: toolCallId,
  tool: z.string(),
  status: toolCallStatus,
  summary: z.string().meta({ description: 'One line; empty while it is being prepared.' }),
  input: z.record(z.string(), z.unknown()).nullable(),
  output: z
    .string()
    .meta({ description: 'Its live output while it runs, then the result given to the model.' }),
  approval: approval.nullable().meta({ description: 'null when none was asked for.' }),
});
export type ToolCallItem = z.infer<typeof toolCallItem>;

const transcriptItem = z.discriminatedUnion('type', [messageItem, proseItem, toolCallItem]);
export type TranscriptItem = z.infer<typeof transcriptItem>;

export const transcriptTurn = z
  .object({
    id: turnId,
    status: turnStatus,
    waiting: turnWaiting.nullable().meta({ description: 'null while it does not wait.' }),
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
    model: z.string().nullable().meta({ description: 'The model of the last step.' }),
    started_at: isoTime.nullable(),
    ended_at: isoTime.nullable(),
    retry: z
      .object({ reason: z.string(), at: isoTime, in_ms: z.number().int() })
      .nullable()
      .meta({ description: 'A model call failed and is being retried.' }),
    usage: z.object({
      input_tokens: z.number().int(),
      output_tokens: z.number().int(),
      cost_usd: z.number().nullable().meta({ description: 'null when the cost of no call is known.' }),
      unpriced_calls: z.number().int().default(0).meta({ description: 'Calls whose cost is not known.' }),
    }),
    checkpoint_id: checkpointId
      .nullable()
      .meta({ description: 'Of the files before its first change; null when it has changed none.' }),
    items: z.array(transcriptItem).readonly().meta({ description: 'In the order in which they began.' }),
  })
  .meta({ id: 'TranscriptTurn' });
export type TranscriptTurn = z.infer<typeof transcriptTurn>;

/** Never changed in place: what is the same stays the same object. */
export interface Transcript {
  /** The newest event that is in it; 0 when none is. */
  lastSeq: number;
  /** In the order in which they began. */
  turns: readonly TranscriptTurn[];
}

export const EMPTY_TRANSCRIPT: Transcript = { lastSeq: 0, turns: [] };

export const transcriptQuery = z.object({
  after: opaqueText(200).optional().meta({ description: 'The `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
export type TranscriptQuery = z.infer<typeof transcriptQuery>;

export const transcriptPage = pageOf(transcriptTurn)
  .extend({
    conversation_id: conversationId,
    seq: z.number().int().meta({
      description: 'The newest event that is folded into the turns: follow the events after it.',
    }),
  })
  .meta({ id: 'TranscriptPage' });
export type TranscriptPage = z.infer<typeof transcriptPage>;
