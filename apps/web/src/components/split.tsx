'use client';

import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { Group, type Layout, Panel, Separator } from 'react-resizable-panels';

interface SplitProps {
  orientation: 'horizontal' | 'vertical';
  layout: Layout | undefined;
  onLayoutChanged: (layout: Layout) => void;
  children: ReactNode;
}

/** Panels beside or above each other; the lines between them are dragged, or moved with the arrow keys. */
export function Split({ orientation, layout, onLayoutChanged, children }: SplitProps) {
  return (
    <Group
      orientation={orientation}
      className="h-full w-full"
      onLayoutChanged={onLayoutChanged}
      {...(layout === undefined ? {} : { defaultLayout: layout })}
    >
      {children}
    </Group>
  );
}

interface SplitPanelProps {
  id: string;
  defaultSize: string;
  minSize: string;
  children: ReactNode;
}

export function SplitPanel({ id, defaultSize, minSize, children }: SplitPanelProps) {
  return (
    <Panel id={id} defaultSize={defaultSize} minSize={minSize} className="h-full min-h-0 min-w-0">
      {children}
    </Panel>
  );
}

export function SplitLine({ label, orientation }: { label: string; orientation: 'horizontal' | 'vertical' }) {
  return (
    <Separator
      aria-label={label}
      className={clsx(
        'relative shrink-0 bg-line transition-colors focus-visible:bg-ring focus-visible:outline-none data-[separator=active]:bg-ring data-[separator=hover]:bg-line-strong',
        orientation === 'horizontal' ? 'w-px' : 'h-px',
      )}
    />
  );
}
