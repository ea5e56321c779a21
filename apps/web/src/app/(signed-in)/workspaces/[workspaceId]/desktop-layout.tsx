'use client';

import { type ReactNode, useState } from 'react';
import { Split, SplitLine, SplitPanel } from '../../../../components/split.tsx';
import { readKeptLayout, writeKeptLayout } from './kept-layout.ts';

export interface WorkspaceLayoutProps {
  conversation: ReactNode;
  files: ReactNode;
  editor: ReactNode;
  terminal: ReactNode;
  /** Set while there is nothing to work on: stands in place of files, editor and terminal. */
  closed: ReactNode | undefined;
  notice: ReactNode | undefined;
}

/** The agent on the left, what it works on to the right: one says, the other shows. */
export function DesktopLayout({
  conversation,
  files,
  editor,
  terminal,
  closed,
  notice,
}: WorkspaceLayoutProps) {
  const [layouts] = useState(() => ({
    screen: readKeptLayout('screen'),
    work: readKeptLayout('work'),
    code: readKeptLayout('code'),
  }));
  return (
    <Split
      orientation="horizontal"
      layout={layouts.screen}
      onLayoutChanged={(layout) => writeKeptLayout('screen', layout)}
    >
      <SplitPanel id="agent" defaultSize="37%" minSize="300px">
        <div className="h-full bg-canvas">{conversation}</div>
      </SplitPanel>
      <SplitLine label="Width of the agent" orientation="horizontal" />
      <SplitPanel id="work" defaultSize="63%" minSize="360px">
        {closed ?? (
          <div className="flex h-full flex-col">
            {notice}
            <div className="min-h-0 flex-1">
              <Split
                orientation="vertical"
                layout={layouts.work}
                onLayoutChanged={(layout) => writeKeptLayout('work', layout)}
              >
                <SplitPanel id="code" defaultSize="64%" minSize="120px">
                  <Split
                    orientation="horizontal"
                    layout={layouts.code}
                    onLayoutChanged={(layout) => writeKeptLayout('code', layout)}
                  >
                    <SplitPanel id="files" defaultSize="24%" minSize="130px">
                      {files}
                    </SplitPanel>
                    <SplitLine label="Width of the files" orientation="horizontal" />
                    <SplitPanel id="editor" defaultSize="76%" minSize="200px">
                      {editor}
                    </SplitPanel>
                  </Split>
                </SplitPanel>
                <SplitLine label="Height of the terminal" orientation="vertical" />
                <SplitPanel id="terminal" defaultSize="36%" minSize="80px">
                  {terminal}
                </SplitPanel>
              </Split>
            </div>
          </div>
        )}
      </SplitPanel>
    </Split>
  );
}
