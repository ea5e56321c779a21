'use client';

import type { ToolCallItem, ToolCallStatus } from '@podex/contracts/transcript';
import { clsx } from 'clsx';
import {
  Check,
  ChevronRight,
  CircleSlash,
  FilePen,
  FileText,
  FolderTree,
  ListTodo,
  type LucideIcon,
  MessageCircleQuestion,
  Search,
  SquareTerminal,
  Wrench,
  X,
} from 'lucide-react';
import { memo, useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { DiffView } from '#components/diff-view.tsx';
import { Spinner } from '#components/spinner.tsx';
import { presentInput, toolName } from '../model/tool-presentation.ts';
import { PendingCard } from './approval-card.tsx';
import { CommandView } from './command-view.tsx';
import { Markdown } from './prose.tsx';
import { ToolOutput } from './tool-output.tsx';

const ICONS: Record<string, LucideIcon> = {
  read_file: FileText,
  write_file: FilePen,
  edit_file: FilePen,
  list_files: FolderTree,
  glob: Search,
  grep: Search,
  run_command: SquareTerminal,
  ask_user: MessageCircleQuestion,
  propose_plan: ListTodo,
  todo: ListTodo,
};

/** One tool call: a line that expands to its input and output. An approval is always expanded. */
export const ToolCallCard = memo(function ToolCallCard({ item }: { item: ToolCallItem }) {
  const [choice, setChoice] = useState<boolean | null>(null);
  const isOpen = choice ?? opensByItself(item);
  const Icon = ICONS[item.tool] ?? Wrench;
  return (
    <div className="min-w-0" data-testid="tool-call" data-tool={item.tool} data-status={item.status}>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setChoice(!isOpen)}
        className="group flex w-full min-w-0 items-center gap-2 rounded-md border bg-surface px-2.5 py-1.5 text-left text-xs hover:bg-hover"
      >
        <Icon aria-hidden className="size-3.5 shrink-0 text-ink-3" />
        <span className="shrink-0 font-medium text-ink">{toolName(item.tool)}</span>
        <span className="min-w-0 flex-1 truncate font-mono text-ink-2">{detailOf(item)}</span>
        <ApprovalBadge item={item} />
        <StatusIcon item={item} />
        <ChevronRight
          aria-hidden
          className={clsx('size-3.5 shrink-0 text-ink-3 transition-transform', isOpen && 'rotate-90')}
        />
      </button>
      {item.approval?.status === 'pending' && (
        <div className="mt-1.5">
          <PendingCard approval={item.approval} />
        </div>
      )}
      {isOpen && item.approval?.status !== 'pending' && <ToolCallBody item={item} />}
    </div>
  );
});

/** The summary without the tool's name, which is shown already. */
function detailOf({ tool, summary }: ToolCallItem): string {
  const name = toolName(tool);
  const detail = summary.startsWith(name) ? summary.slice(name.length).replace(/^:/, '').trimStart() : '';
  return detail === '' ? summary : detail;
}

/** A command that runs shows what it prints; a call that failed, or that a rule denied, shows why. */
function opensByItself(item: ToolCallItem): boolean {
  if (item.status === 'failed' || isDeniedByRule(item)) return true;
  return item.status === 'running' && item.tool === 'run_command' && item.output !== '';
}

/** Nobody was asked. */
function isDeniedByRule({ status, approval }: ToolCallItem): boolean {
  return status === 'denied' && approval === null;
}

function ToolCallBody({ item }: { item: ToolCallItem }) {
  const view = presentInput(item);
  return (
    <div className="mt-1.5 flex min-w-0 flex-col gap-1.5 border-l-2 pl-2.5">
      {view.type === 'command' && <CommandView command={view.command} cwd={view.cwd} />}
      {view.type === 'diff' && <DiffView path={view.path} before={view.before} after={view.after} />}
      {view.type === 'markdown' && <Markdown text={view.text} />}
      {view.type === 'json' && <CommandView command={view.json} cwd={null} isShell={false} />}
      {item.output !== '' && <ToolOutput text={item.output} isGrowing={item.status === 'running'} />}
      {item.output === '' && item.status === 'running' && (
        <p className="text-ink-3 text-xs">No output yet.</p>
      )}
    </div>
  );
}

function ApprovalBadge({ item: { approval, status } }: { item: ToolCallItem }) {
  if (approval === null || status === 'denied') return null;
  if (approval.preview?.type === 'question') return null;
  if (approval.status === 'approved') return <Badge>Approved</Badge>;
  if (approval.status === 'expired') return <Badge tone="warning">Expired</Badge>;
  return null;
}

const STATUS_WORDS: Record<ToolCallStatus, string> = {
  preparing: 'preparing',
  running: 'running',
  completed: 'done',
  failed: 'failed',
  denied: 'denied',
  cancelled: 'cancelled',
};

/** A question that nobody answered was not denied. */
function statusText(item: ToolCallItem): string {
  if (isDeniedByRule(item)) return 'denied by a rule';
  if (item.status !== 'denied') return STATUS_WORDS[item.status];
  if (item.approval?.preview?.type === 'question') return 'not answered';
  return item.approval?.preview?.type === 'plan' ? 'not approved' : STATUS_WORDS.denied;
}

function StatusIcon({ item }: { item: ToolCallItem }) {
  const { status, approval } = item;
  if (approval?.status === 'pending') return <Badge tone="warning">Waiting</Badge>;
  return (
    <span className="flex shrink-0 items-center gap-1 text-ink-3">
      {(status === 'running' || status === 'preparing') && <Spinner />}
      {status === 'completed' && <Check aria-hidden className="size-3.5 text-success" />}
      {status === 'failed' && <X aria-hidden className="size-3.5 text-danger" />}
      {(status === 'denied' || status === 'cancelled') && <CircleSlash aria-hidden className="size-3.5" />}
      <span className={status === 'failed' || status === 'denied' ? 'first-letter:capitalize' : 'sr-only'}>
        {statusText(item)}
      </span>
    </span>
  );
}
