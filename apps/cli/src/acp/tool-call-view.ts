import type { ToolCall, ToolCallContent, ToolCallStatus, ToolKind } from '@agentclientprotocol/sdk';
import { plainText } from '@podex/contracts/plain-text';
import type { ToolCallItem } from '@podex/contracts/transcript';
import { fileChangesOf } from '../conversations/file-changes.ts';
import { shownLine } from '../conversations/shown-text.ts';

const HOME = '/home/dev';
const KINDS: Readonly<Record<string, ToolKind>> = {
  read_file: 'read',
  write_file: 'edit',
  edit_file: 'edit',
  list_files: 'search',
  glob: 'search',
  grep: 'search',
  run_command: 'execute',
};

/** A call as an editor shows it. Paths are those of the workspace. */
export function toolCallView(call: ToolCallItem): ToolCall {
  const path = typeof call.input?.path === 'string' ? call.input.path : undefined;
  return {
    toolCallId: call.tool_call_id,
    title: shownLine(call.summary || call.tool),
    kind: KINDS[call.tool] ?? 'other',
    status: statusOf(call),
    content: contentOf(call),
    locations: path === undefined ? [] : [{ path: absolute(path) }],
    rawInput: call.input ?? {},
  };
}

function statusOf({ status, approval }: ToolCallItem): ToolCallStatus {
  switch (status) {
    case 'preparing':
      return 'pending';
    case 'running':
      return approval?.status === 'pending' ? 'pending' : 'in_progress';
    case 'completed':
      return 'completed';
    default:
      return 'failed';
  }
}

function contentOf(call: ToolCallItem): ToolCallContent[] {
  const isOver = call.status !== 'preparing' && call.status !== 'running';
  const changes = fileChangesOf(call).map(
    ({ path, before, after }): ToolCallContent => ({
      type: 'diff',
      path: absolute(path),
      oldText: before,
      newText: after,
    }),
  );
  if (!isOver || (changes.length > 0 && call.status === 'completed')) return changes;
  const text = plainText(call.output).trim();
  return text === '' ? changes : [...changes, { type: 'content', content: { type: 'text', text } }];
}

function absolute(path: string): string {
  if (path.startsWith('/')) return path;
  return `${HOME}/${path.replace(/^(~|\.)\//, '')}`;
}
