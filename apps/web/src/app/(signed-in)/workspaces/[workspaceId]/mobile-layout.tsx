'use client';

import { clsx } from 'clsx';
import { Bot, FileCode, FolderTree, type LucideIcon, SquareTerminal } from 'lucide-react';
import type { WorkspaceLayoutProps } from './desktop-layout.tsx';

export type MobileTab = 'agent' | 'files' | 'editor' | 'terminal';

const TABS: { id: MobileTab; label: string; icon: LucideIcon }[] = [
  { id: 'agent', label: 'Agent', icon: Bot },
  { id: 'files', label: 'Files', icon: FolderTree },
  { id: 'editor', label: 'Editor', icon: FileCode },
  { id: 'terminal', label: 'Terminal', icon: SquareTerminal },
];

interface MobileLayoutProps extends WorkspaceLayoutProps {
  tab: MobileTab;
  onTab: (tab: MobileTab) => void;
}

/** One panel at a time. All stay mounted, so terminals keep running and scroll positions stay. */
export function MobileLayout({
  conversation,
  side,
  editor,
  preview,
  terminal,
  closed,
  notice,
  tab,
  onTab,
}: MobileLayoutProps) {
  const panels = {
    agent: conversation,
    files: closed ?? side,
    editor: closed ?? (
      <div className="relative h-full">
        {editor}
        {preview !== undefined && <div className="absolute inset-0 z-20">{preview}</div>}
      </div>
    ),
    terminal: closed ?? terminal,
  };
  return (
    <div className="flex h-full flex-col">
      {notice}
      <div className="min-h-0 flex-1">
        {TABS.map(({ id }) => (
          <div
            key={id}
            id={`panel-${id}`}
            role="tabpanel"
            aria-labelledby={`tab-${id}`}
            hidden={id !== tab}
            className="h-full"
          >
            {panels[id]}
          </div>
        ))}
      </div>
      <div
        role="tablist"
        aria-label="Panels"
        className="flex shrink-0 border-t bg-surface pb-[env(safe-area-inset-bottom)]"
      >
        {TABS.map(({ id, label, icon: Icon }) => (
          <button
            key={id}
            id={`tab-${id}`}
            type="button"
            role="tab"
            aria-selected={id === tab}
            aria-controls={`panel-${id}`}
            onClick={() => onTab(id)}
            className={clsx(
              'flex h-12 flex-1 flex-col items-center justify-center gap-0.5 text-2xs focus-visible:-outline-offset-2',
              id === tab ? 'text-accent-text' : 'text-ink-3',
            )}
          >
            <Icon aria-hidden className="size-4.5" />
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}
