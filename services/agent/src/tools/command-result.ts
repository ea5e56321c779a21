import type { Command } from '@podex/contracts/commands';
import { assertNever } from '@podex/contracts/errors';
import { plainText } from '@podex/contracts/plain-text';
import { capEnd, keepWhole } from './capped-text.ts';

import type { CallContext, ToolResult } from './tool.ts';

/** What the model is told of a command: the end of its output, then how it stands. */
export async function commandResult(command: Command, context: CallContext): Promise<ToolResult> {
  const { text, isCut } = capEnd(plainText(command.output).trimEnd());
  const lines = text === '' ? [] : [text];
  if (isCut || command.truncated) lines.push(await noteOfCut(command, context));
  lines.push(`[${standing(command)}]`);
  return { isOk: isWell(command), output: lines.join('\n') };
}

function isWell({ status, exit_code: exitCode }: Command): boolean {
  return status === 'running' || (status === 'exited' && exitCode === 0);
}

function standing(command: Command): string {
  const seconds = elapsedSeconds(command);
  switch (command.status) {
    case 'running':
      return `still running after ${seconds} s; command_id: ${command.id}`;
    case 'exited':
      return `exit code ${command.exit_code ?? 'unknown'}, ${seconds} s`;
    case 'killed':
      if (command.signal === null) return 'lost: the workspace was restarted while it ran; files are kept';
      return `ended by signal ${command.signal} after ${seconds} s`;
    case 'timed_out':
      return `ended after ${seconds} s because its time was up; give a longer timeout_seconds, or run it in the background`;
    default:
      return assertNever(command.status);
  }
}

function elapsedSeconds({ started_at: startedAt, ended_at: endedAt }: Command): string {
  const ms = (endedAt === null ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt);
  return (Math.max(0, ms) / 1000).toFixed(1);
}

async function noteOfCut(command: Command, context: CallContext): Promise<string> {
  const size = `the output has ${command.output_bytes} bytes; this is its end`;
  // Of a command that runs the whole output is not there yet.
  if (command.status === 'running') return `[${size}]`;
  let lost = 0;
  const path = await keepWhole(context, async (target) => {
    lost = await context.workspace.copyOutput(command.id, target, { signal: context.signal });
  });
  if (path === undefined) return `[${size}]`;
  const kept = lost === 0 ? 'the whole of it' : `all but its first ${lost} bytes`;
  return `[${size}; ${kept} is in ${path}: use read_file or grep there]`;
}

/** How long a command ran, at the end of its standing; that of one which still runs is followed by its id. */
const ELAPSED = /(\d+\.\d) s(?=(; command_id: \w+)?\]$)/;

/** The text without how long commands took, which differs from run to run of the same thing. */
export function withoutElapsedTime(text: string): string {
  return text.replace(ELAPSED, '');
}

/** Zero for the result of another tool. */
export function elapsedSecondsIn(text: string): number {
  return Number(ELAPSED.exec(text)?.[1] ?? 0);
}

export function isStillRunning(text: string): boolean {
  return /\[still running after [^\]]*\]$/.test(text);
}
