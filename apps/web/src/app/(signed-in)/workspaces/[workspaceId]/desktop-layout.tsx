'use client';

import { type ReactNode, useState } from 'react';
import { Split } from '#components/split.tsx';
import { readKeptShare, writeKeptShare } from './kept-share.ts';

export interface WorkspaceLayoutProps {
  conversation: ReactNode;
  /** Files, and what else stands beside the editor. */
  side: ReactNode;
  editor: ReactNode;
  /** Of a program, beside the editor; undefined where none is open. */
  preview: ReactNode | undefined;
  terminal: ReactNode;
  /** Replaces side bar, editor and terminal while the workspace is closed. */
  closed: ReactNode | undefined;
  notice: ReactNode | undefined;
}

/** The agent on the left; the files and terminals it works on to the right. */
export function DesktopLayout({
  conversation,
  side,
  editor,
  preview,
  terminal,
  closed,
  notice,
}: WorkspaceLayoutProps) {
  const agent = useKeptShare('agent', 37);
  const tree = useKeptShare('files', 24);
  const code = useKeptShare('code', 64);
  const beside = useKeptShare('preview', 50);
  return (
    <Split
      {...agent}
      orientation="horizontal"
      label="Resize the agent"
      minFirstPx={300}
      minSecondPx={360}
      first={<div className="h-full bg-canvas">{conversation}</div>}
      second={
        closed ?? (
          <div className="flex h-full flex-col">
            {notice}
            <div className="min-h-0 flex-1">
              <Split
                {...code}
                orientation="vertical"
                label="Resize the terminal"
                minFirstPx={120}
                minSecondPx={80}
                first={
                  <Split
                    {...tree}
                    orientation="horizontal"
                    label="Resize the side bar"
                    minFirstPx={180}
                    minSecondPx={200}
                    first={side}
                    second={
                      <Split
                        {...beside}
                        orientation="horizontal"
                        label="Resize the preview"
                        minFirstPx={120}
                        minSecondPx={200}
                        first={editor}
                        second={preview}
                      />
                    }
                  />
                }
                second={terminal}
              />
            </div>
          </div>
        )
      }
    />
  );
}

function useKeptShare(name: string, defaultPercent: number) {
  const [initialPercent] = useState(() => readKeptShare(name, defaultPercent));
  return { initialPercent, defaultPercent, onMoved: (percent: number) => writeKeptShare(name, percent) };
}
