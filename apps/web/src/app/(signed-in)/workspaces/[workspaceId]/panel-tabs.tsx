import { clsx } from 'clsx';
import { Bot, FileCode, FolderTree, type LucideIcon, SquareTerminal } from 'lucide-react';

export type PanelId = 'agent' | 'files' | 'editor' | 'terminal';

const TABS: { id: PanelId; label: string; icon: LucideIcon }[] = [
  { id: 'agent', label: 'Agent', icon: Bot },
  { id: 'files', label: 'Files', icon: FolderTree },
  { id: 'editor', label: 'Editor', icon: FileCode },
  { id: 'terminal', label: 'Terminal', icon: SquareTerminal },
];

interface PanelTabsProps {
  shown: PanelId;
  onShow: (id: PanelId) => void;
}

/** Chooses among the panels where only one has room. A tab controls `panel-{id}`. */
export function PanelTabs({ shown, onShow }: PanelTabsProps) {
  return (
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
          aria-selected={id === shown}
          aria-controls={`panel-${id}`}
          onClick={() => onShow(id)}
          className={clsx(
            'flex h-12 flex-1 flex-col items-center justify-center gap-0.5 text-2xs focus-visible:-outline-offset-2',
            id === shown ? 'text-accent-text' : 'text-ink-3',
          )}
        >
          <Icon aria-hidden className="size-4.5" />
          {label}
        </button>
      ))}
    </div>
  );
}
