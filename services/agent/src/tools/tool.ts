import type { ApprovalAnswer, ApprovalPreview } from '@podex/contracts/conversations';
import type { FileVersion } from '@podex/contracts/file-versions';
import type { ToolCallId } from '@podex/contracts/ids';
import { z } from 'zod';
import type { Effect } from '../policy/effect.ts';
import type { WorkspaceClient } from '../workspace/workspace-client.ts';
import type { ApprovedFile, KnownFiles } from './known-files.ts';
import { isCutJson, meantInput, shapeOf } from './tool-input.ts';

export interface CallContext {
  workspace: WorkspaceClient;
  toolCallId: ToolCallId;
  /** Ends the waiting, never what runs in the workspace. */
  signal: AbortSignal;
}

export interface ToolContext extends CallContext {
  /** Versions of files that the conversation has seen. */
  files: KnownFiles;
  /** The file of the diff that a person approved; null when none was shown. */
  approvedFile: ApprovedFile | null;
}

export interface RunContext extends ToolContext {
  /** Another worker may have begun this call: what has an id or key of its own is joined, not started again. */
  isResumed: boolean;
  /** Of the person to what the call asked. */
  answer: ApprovalAnswer | null;
  /** Commands run where they can write nothing. */
  isReadOnly: boolean;
  /** Shows output to anyone who watches, while the call runs. */
  onOutput(text: string): Promise<void>;
}

export interface ToolResult {
  isOk: boolean;
  /** What the model is told. */
  output: string;
  files?: FileVersion[];
}

export interface ToolDefinition<Schema extends z.ZodObject> {
  name: string;
  /** For the model: what it does, when to use it, its bounds. */
  description: string;
  input: Schema;
  /** One line for a person: what will be done. */
  summary(input: z.output<Schema>): string;
  /** Whether it only looks, and what it is about. What mutates must be idempotent by the tool call’s id. */
  effect(input: z.output<Schema>): Effect;
  /** What a person sees before they decide. @throws PodexError when the call cannot succeed as things are. */
  preview?(input: z.output<Schema>, context: ToolContext): Promise<ApprovalPreview>;
  /** Of a tool that asks: what the model is told when a person declines, with what they said, or nobody answers. */
  declined?(answer: ApprovalAnswer | null): string;
  /** @throws PodexError of the workspace’s response. */
  execute(input: z.output<Schema>, context: RunContext): Promise<ToolResult>;
  /** Ends in the workspace what an abandoned call began; says what it came to. The signal bounds the trying. */
  cancel?(input: z.output<Schema>, context: CallContext): Promise<string | undefined>;
}

/** A call whose input is right. */
export interface PreparedCall {
  tool: string;
  summary: string;
  effect: Effect;
  preview(context: ToolContext): Promise<ApprovalPreview | null>;
  declined(answer: ApprovalAnswer | null): string | undefined;
  execute(context: RunContext): Promise<ToolResult>;
  cancel(context: CallContext): Promise<string | undefined>;
}

export interface Tool {
  name: string;
  description: string;
  /** JSON Schema of the input. */
  inputSchema: Record<string, unknown>;
  /** @throws ToolInputError. */
  prepare(input: Record<string, unknown>): PreparedCall;
}

/** The model’s input does not fit the tool; the message is for the model. */
export class ToolInputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ToolInputError';
  }
}

/** Makes a tool of a definition; from here on its input type is its own affair. */
export function defineTool<Schema extends z.ZodObject>(definition: ToolDefinition<Schema>): Tool {
  const { $schema: _dialect, ...inputSchema } = z.toJSONSchema(definition.input, { io: 'input' });
  const shape = shapeOf(inputSchema);
  return {
    name: definition.name,
    description: definition.description,
    inputSchema,
    prepare: (given) => {
      const parsed = definition.input.safeParse(meantInput(shape, given));
      if (!parsed.success) throw inputError(definition.name, given, parsed.error);
      const input = parsed.data;
      return {
        tool: definition.name,
        summary: oneLine(definition.summary(input)),
        effect: definition.effect(input),
        preview: async (context) => (await definition.preview?.(input, context)) ?? null,
        declined: (answer) => definition.declined?.(answer),
        execute: (context) => definition.execute(input, context),
        cancel: async (context) => definition.cancel?.(input, context),
      };
    },
  };
}

function inputError(name: string, given: Record<string, unknown>, error: z.ZodError): ToolInputError {
  if (typeof given.unparsed === 'string') return new ToolInputError(unparsedMessage(name, given));
  const issues = error.issues.map((issue) =>
    [issue.path.join('.'), issue.message].filter(Boolean).join(': '),
  );
  return new ToolInputError(
    `The input of ${name} is not right: ${issues.join('; ')}. Correct it and call the tool again.`,
  );
}

const SHOWN_END_CHARACTERS = 100;

function unparsedMessage(name: string, { unparsed, characters }: Record<string, unknown>): string {
  const text = String(unparsed);
  const length = typeof characters === 'number' ? characters : text.length;
  const end = JSON.stringify(text.slice(-SHOWN_END_CHARACTERS));
  const isBeginningKept = length === text.length;
  if (isBeginningKept ? isCutJson(text) : !text.trimEnd().endsWith('}')) {
    return `The JSON of the input of ${name} was not whole: it stops after ${length} characters, at ${end}. Nothing was done. Call the tool again; when the input is long, do it in smaller pieces.`;
  }
  return `The input of ${name} is not a JSON object; it ends with ${end}. Nothing was done. Call the tool again with valid JSON.`;
}

const MAX_SUMMARY_CHARACTERS = 200;

export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= MAX_SUMMARY_CHARACTERS ? line : `${line.slice(0, MAX_SUMMARY_CHARACTERS - 1)}…`;
}
