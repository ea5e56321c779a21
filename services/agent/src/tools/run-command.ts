import { COMMAND_BYTES_MAX, type Command, type RunCommandInput } from '@podex/contracts/commands';
import { PodexError } from '@podex/contracts/errors';
import { type CommandId, commandId, commandIdOfToolCall } from '@podex/contracts/ids';
import { bytesOf } from '@podex/contracts/text';
import { z } from 'zod';
import { commandResult } from './command-result.ts';
import { withLiveOutput } from './live-output.ts';
import { type CallContext, defineTool, oneLine, type RunContext, type ToolResult } from './tool.ts';
import { pathInput, workspacePath } from './workspace-path.ts';

const DEFAULT_TIMEOUT_SECONDS = 120;
const MAX_TIMEOUT_SECONDS = 3600;
/** Most commands end within it, and are then one exchange. */
const QUICK_WAIT_MS = 250;
const LONG_WAIT_MS = 20_000;
/** Long enough for a background command to fail at its start. */
const BACKGROUND_WAIT_MS = 1500;
/** Wide enough for the tables and progress bars of servers and watchers. */
const BACKGROUND_TERMINAL = { cols: 120, rows: 30 };
const NO_BACKGROUND: ToolResult = {
  isOk: false,
  output: 'In plan mode commands do not run in the background: they end with all that they have started.',
};
const NO_READ_ONLY: ToolResult = {
  isOk: false,
  output:
    'This workspace can’t run commands of plan mode. It probably runs an older version of Podex: tell the person that they can stop it and start it again.',
};
/** TERM is followed by KILL after five seconds. */
const KILL_WAIT_MS = 7000;

/** A transform and not `commandId` itself, whose name would stand as a reference in the JSON Schema. */
const backgroundId = z.string().transform((value, context) => {
  const parsed = commandId.safeParse(value);
  if (parsed.success) return parsed.data;
  context.addIssue('must be a command_id that run_command returned');
  return z.NEVER;
});

const input = z
  .object({
    command: z
      .string()
      .min(1)
      .refine((value) => bytesOf(value) <= COMMAND_BYTES_MAX, `may have ${COMMAND_BYTES_MAX} bytes at most`)
      .optional()
      .describe('A bash command line.'),
    cwd: pathInput.optional().describe('Where it runs; /home/dev when left out.'),
    timeout_seconds: z
      .number()
      .min(1)
      .max(MAX_TIMEOUT_SECONDS)
      .optional()
      .describe(
        `Of a command: it is ended after so long, ${DEFAULT_TIMEOUT_SECONDS} when left out. With command_id: how long to wait for its end.`,
      ),
    background: z.boolean().default(false).describe('Start it and go on; the result has its command_id.'),
    command_id: backgroundId
      .optional()
      .describe('In place of command: look at one that runs in the background.'),
    stop: z.boolean().default(false).describe('With command_id: end it.'),
  })
  .refine(
    (value) => (value.command === undefined) !== (value.command_id === undefined),
    'give either command or command_id',
  );
type Input = z.output<typeof input>;

export const runCommand = defineTool({
  name: 'run_command',
  description: `Runs a bash command in the workspace and gives its output and exit code. Each runs in a shell of its own without a terminal or input. Set background for servers and watchers, which get a terminal that people can watch and type in; with command_id you read their output later, wait for their end or stop them. Long output is cut to its end; the whole of it is then in a file.`,
  input,
  summary: ({ command, command_id: id, background, stop }) => {
    if (command !== undefined) return `${background ? 'Start' : 'Run'}: ${command}`;
    return stop ? `Stop ${id}` : `Look at ${id}`;
  },
  effect: ({ command, cwd, stop }) => {
    if (command === undefined) return { kind: stop ? 'mutates' : 'reads' };
    return { kind: 'mutates', command: { line: command, cwd } };
  },
  preview: async ({ command, command_id: id, cwd }) => ({
    type: 'command',
    command: command ?? `stop ${id}`,
    cwd: cwd === undefined ? null : workspacePath(cwd),
  }),
  execute: async (call, context) => {
    if (call.command_id !== undefined) return lookAt(call.command_id, call, context);
    if (context.isReadOnly) return call.background ? NO_BACKGROUND : runReadOnly(call, context);
    return call.background ? startInBackground(call, context) : runToItsEnd(call, context);
  },
  cancel: (call, context) => cancelCommand(call, context),
});

function bodyOf(
  { command, cwd, timeout_seconds: seconds, background }: Input,
  isReadOnly: boolean,
): RunCommandInput {
  const line = command ?? '';
  const timeoutSeconds = seconds ?? (background ? undefined : DEFAULT_TIMEOUT_SECONDS);
  return {
    ...(isReadOnly ? { read_only_command: line } : { command: line }),
    ...(cwd === undefined ? {} : { cwd: workspacePath(cwd) }),
    ...(timeoutSeconds === undefined ? {} : { timeout_ms: Math.round(timeoutSeconds * 1000) }),
    background,
    // People see it beside their own terminals, and may type there.
    ...(background ? { terminal: BACKGROUND_TERMINAL } : {}),
  };
}

/** The id is the tool call’s own, so a worker that takes over joins the command that runs already. */
async function start(
  call: Input,
  waitMs: number,
  { workspace, toolCallId, signal, isReadOnly }: RunContext,
): Promise<Command> {
  const id = commandIdOfToolCall(toolCallId);
  try {
    return await workspace.runCommand(id, bodyOf(call, isReadOnly), { signal, waitMs });
  } catch (error) {
    // Started by a worker of another version, which spelled the request otherwise.
    if (PodexError.has(error, 'command_body_differs')) return workspace.getCommand(id, { signal, waitMs });
    throw error;
  }
}

async function runToItsEnd(call: Input, context: RunContext): Promise<ToolResult> {
  const started = await start(call, context.isResumed ? 0 : QUICK_WAIT_MS, context);
  if (started.status !== 'running') return commandResult(started, context);
  // What an earlier worker has shown already is not known; to show it twice would be wrong, to leave some out is not.
  const after = context.isResumed ? started.output_bytes : 0;
  const ended = await withLiveOutput(started.id, after, context, () => waitForEnd(started.id, context));
  return commandResult(ended, context);
}

/** A daemon of an older version refuses it: there a command could write. */
async function runReadOnly(call: Input, context: RunContext): Promise<ToolResult> {
  try {
    return await runToItsEnd(call, context);
  } catch (error) {
    if (PodexError.has(error, 'invalid_request')) return NO_READ_ONLY;
    throw error;
  }
}

async function startInBackground(call: Input, context: RunContext): Promise<ToolResult> {
  const started = await start(call, 0, context);
  const { workspace, signal } = context;
  const state = await workspace.getCommand(started.id, { signal, waitMs: BACKGROUND_WAIT_MS });
  return commandResult(state, context);
}

async function lookAt(id: CommandId, call: Input, context: RunContext): Promise<ToolResult> {
  const { workspace, signal } = context;
  if (call.stop) {
    await workspace.killCommand(id, { signal });
    return commandResult(await workspace.getCommand(id, { signal, waitMs: KILL_WAIT_MS }), context);
  }
  const now = await workspace.getCommand(id, { signal, waitMs: 0 });
  if (now.status !== 'running' || call.timeout_seconds === undefined) return commandResult(now, context);
  const deadline = Date.now() + call.timeout_seconds * 1000;
  const waited = await withLiveOutput(id, now.output_bytes, context, () => waitForEnd(id, context, deadline));
  return commandResult(waited, context);
}

/** What is true at its end, or at the deadline. */
async function waitForEnd(
  id: CommandId,
  { workspace, signal }: CallContext,
  deadline = Number.POSITIVE_INFINITY,
): Promise<Command> {
  for (;;) {
    const waitMs = Math.max(0, Math.min(LONG_WAIT_MS, deadline - Date.now()));
    const state = await workspace.getCommand(id, { signal, waitMs });
    if (state.status !== 'running' || Date.now() >= deadline) return state;
  }
}

/** A foreground command ends with its call. One in the background outlives it on purpose. */
async function cancelCommand(
  call: Input,
  { workspace, toolCallId, signal }: CallContext,
): Promise<string | undefined> {
  if (call.command === undefined || call.background) return undefined;
  const id = commandIdOfToolCall(toolCallId);
  const bounds = { signal, startTimeoutMs: 0 };
  try {
    await workspace.killCommand(id, bounds);
    const state = await workspace.getCommand(id, { ...bounds, waitMs: KILL_WAIT_MS });
    if (state.status === 'running') return `${oneLine(call.command)} did not end; it may still run as ${id}.`;
    return (await commandResult(state, { workspace, toolCallId, signal })).output;
  } catch (error) {
    if (PodexError.has(error, 'command_not_found')) return undefined;
    throw error;
  }
}
