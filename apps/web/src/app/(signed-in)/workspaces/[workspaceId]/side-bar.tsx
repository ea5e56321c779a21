'use client';

import { clsx } from 'clsx';
import type { LucideIcon } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { Tooltip } from '#components/tooltip.tsx';

export interface SideView {
  id: string;
  label: string;
  icon: LucideIcon;
  /** For example `Ctrl Shift F`: what opens it from the keyboard, where its feature listens for that. */
  shortcut?: string | undefined;
  /** A small number on its icon; 0 and undefined show none. */
  count?: number | undefined;
  content: ReactNode;
}

interface SideBarProps {
  views: readonly SideView[];
  activeId: string;
  onSelect: (id: string) => void;
}

/**
 * What stands beside the editor: one view at a time, chosen by a row of icons. A view is mounted when it is first chosen and stays
 * mounted, so that nothing typed or scrolled in it is lost.
 */
export function SideBar({ views, activeId, onSelect }: SideBarProps) {
  const opened = useOpened(activeId);
  return (
    <div className="flex h-full min-w-0 flex-col bg-sunken">
      {views.length > 1 && <ViewTabs views={views} activeId={activeId} onSelect={onSelect} />}
      {views
        .filter(({ id }) => opened.has(id))
        .map(({ id, content }) => (
          <div
            key={id}
            id={`side-view-${id}`}
            role="tabpanel"
            aria-labelledby={`side-tab-${id}`}
            hidden={id !== activeId}
            className="min-h-0 flex-1"
          >
            {content}
          </div>
        ))}
    </div>
  );
}

function ViewTabs({ views, activeId, onSelect }: SideBarProps) {
  const row = useRef<HTMLDivElement>(null);

  function onKeyDown(event: KeyboardEvent, index: number) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step === undefined ? undefined : views[(index + step + views.length) % views.length];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next.id);
    row.current?.querySelector<HTMLElement>(`#side-tab-${next.id}`)?.focus();
  }

  return (
    <div
      ref={row}
      role="tablist"
      aria-label="Side bar"
      className="flex h-9 shrink-0 items-center gap-0.5 overflow-x-auto border-b px-1.5 [scrollbar-width:none]"
    >
      {views.map((view, index) => (
        <ViewTab
          key={view.id}
          view={view}
          isActive={view.id === activeId}
          onSelect={() => onSelect(view.id)}
          onKeyDown={(event) => onKeyDown(event, index)}
        />
      ))}
    </div>
  );
}

interface ViewTabProps {
  view: SideView;
  isActive: boolean;
  onSelect: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function ViewTab({ view: { id, label, icon: Icon, shortcut, count = 0 }, isActive, ...on }: ViewTabProps) {
  return (
    <Tooltip content={label} shortcut={shortcut}>
      <button
        id={`side-tab-${id}`}
        type="button"
        role="tab"
        aria-label={count > 0 ? `${label} (${count})` : label}
        aria-selected={isActive}
        aria-controls={isActive ? `side-view-${id}` : undefined}
        tabIndex={isActive ? 0 : -1}
        onClick={on.onSelect}
        onKeyDown={on.onKeyDown}
        className={clsx(
          'relative flex h-7 w-8 shrink-0 items-center justify-center rounded-md transition-colors pointer-coarse:h-8 pointer-coarse:w-10',
          isActive ? 'bg-hover text-ink' : 'text-ink-3 hover:bg-hover hover:text-ink',
        )}
      >
        <Icon aria-hidden className="size-4" />
        {count > 0 && (
          <span
            aria-hidden
            className="absolute -top-0.5 right-0 rounded-full bg-accent px-1 text-2xs text-on-accent leading-3.5"
          >
            {count > 99 ? '99+' : count}
          </span>
        )}
      </button>
    </Tooltip>
  );
}

function useOpened(activeId: string): ReadonlySet<string> {
  const [opened, setOpened] = useState<ReadonlySet<string>>(() => new Set([activeId]));
  if (opened.has(activeId)) return opened;
  const more = new Set([...opened, activeId]);
  setOpened(more);
  return more;
}
