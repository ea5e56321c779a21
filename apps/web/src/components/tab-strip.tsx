'use client';

import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';

export interface TabItem {
  id: string;
  label: string;
  /** Shown when the pointer rests on it. */
  title?: string | undefined;
  icon?: ReactNode;
  /** A dot in place of the close button until the pointer is on it. */
  isMarked?: boolean | undefined;
}

interface TabStripProps {
  label: string;
  tabs: readonly TabItem[];
  activeId: string | undefined;
  onSelect: (id: string) => void;
  /** Left out: they can’t be closed. */
  onClose: ((id: string) => void) | undefined;
  /** By a double click, or F2. */
  onRename?: ((id: string) => void) | undefined;
  actions?: ReactNode;
}

/**
 * Tabs that can be closed, in one line that scrolls. Arrow keys move between them, Delete closes. The crosses on the tabs are for
 * pointers: a tab list may hold tabs only, so assistive technology finds one button behind it, for the active tab.
 */
export function TabStrip({ label, tabs, activeId, onSelect, onClose, onRename, actions }: TabStripProps) {
  const strip = useRef<HTMLDivElement>(null);
  const active = tabs.find(({ id }) => id === activeId);

  useEffect(() => {
    if (activeId === undefined) return;
    strip.current
      ?.querySelector('[aria-selected="true"]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [activeId]);

  function onKeyDown(event: KeyboardEvent, index: number) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const tab = tabs[index];
    if (event.key === 'Delete' && tab !== undefined) onClose?.(tab.id);
    if (event.key === 'F2' && tab !== undefined) onRename?.(tab.id);
    const next = step === undefined ? undefined : tabs[(index + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next.id);
    strip.current?.querySelector<HTMLElement>(`[data-tab="${CSS.escape(next.id)}"]`)?.focus();
  }

  return (
    <div className="flex h-9 shrink-0 items-stretch border-b bg-sunken">
      <div
        ref={strip}
        role="tablist"
        aria-label={label}
        className="flex min-w-0 overflow-x-auto [scrollbar-width:none]"
      >
        {tabs.map((tab, index) => (
          <Tab
            key={tab.id}
            tab={tab}
            isActive={tab.id === activeId}
            onSelect={onSelect}
            onClose={onClose}
            onRename={onRename}
            onKeyDown={(event) => onKeyDown(event, index)}
          />
        ))}
      </div>
      <div className="flex items-center gap-0.5 px-1.5">
        {active !== undefined && onClose !== undefined && (
          <button
            type="button"
            onClick={() => onClose(active.id)}
            className="sr-only rounded-md px-2 text-xs focus-visible:not-sr-only"
          >
            Close {active.label}
          </button>
        )}
        {actions}
      </div>
    </div>
  );
}

interface TabProps {
  tab: TabItem;
  isActive: boolean;
  onSelect: (id: string) => void;
  onClose: ((id: string) => void) | undefined;
  onRename: ((id: string) => void) | undefined;
  onKeyDown: (event: KeyboardEvent) => void;
}

function Tab({ tab, isActive, onSelect, onClose, onRename, onKeyDown }: TabProps) {
  const shortcuts = [...(onClose === undefined ? [] : ['Delete']), ...(onRename === undefined ? [] : ['F2'])];
  return (
    <div
      className={clsx(
        'group/tab relative flex shrink-0 items-center border-r text-xs',
        isActive
          ? 'bg-surface text-ink after:absolute after:inset-x-0 after:-bottom-px after:h-px after:bg-surface'
          : 'text-ink-3 hover:text-ink-2',
      )}
    >
      <button
        type="button"
        role="tab"
        data-tab={tab.id}
        title={tab.title}
        aria-selected={isActive}
        aria-keyshortcuts={shortcuts.length === 0 ? undefined : shortcuts.join(' ')}
        tabIndex={isActive ? 0 : -1}
        onClick={() => onSelect(tab.id)}
        onDoubleClick={() => onRename?.(tab.id)}
        onAuxClick={(event) => (event.button === 1 ? onClose?.(tab.id) : undefined)}
        onKeyDown={onKeyDown}
        className="flex h-full max-w-52 items-center gap-1.5 py-0 pr-7 pl-3 focus-visible:-outline-offset-2 [&_svg]:size-3.5 [&_svg]:shrink-0"
      >
        {tab.icon}
        <span className="truncate">{tab.label}</span>
        {tab.isMarked === true && <span className="sr-only">(not saved)</span>}
      </button>
      {onClose !== undefined && <CloseCross tab={tab} isActive={isActive} onClose={onClose} />}
    </div>
  );
}

interface CloseCrossProps extends Pick<TabProps, 'tab' | 'isActive'> {
  onClose: (id: string) => void;
}

function CloseCross({ tab, isActive, onClose }: CloseCrossProps) {
  const isMarked = tab.isMarked === true;
  return (
    <button
      type="button"
      aria-hidden
      tabIndex={-1}
      title={`Close ${tab.label}`}
      data-testid="close-tab"
      onClick={() => onClose(tab.id)}
      className={clsx(
        'absolute right-1.5 flex size-5 items-center justify-center rounded-sm hover:bg-pressed hover:text-ink',
        !isActive && !isMarked && 'opacity-0 group-hover/tab:opacity-100',
      )}
    >
      {isMarked && (
        <span className="size-2 rounded-full bg-ink-2 group-hover/tab:hidden" data-testid="unsaved" />
      )}
      <X className={clsx('size-3.5', isMarked && 'hidden group-hover/tab:block')} />
    </button>
  );
}
