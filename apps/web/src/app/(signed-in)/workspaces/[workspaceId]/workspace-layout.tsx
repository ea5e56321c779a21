'use client';

import { type ReactNode, useState } from 'react';
import { Split } from '#components/split.tsx';
import { useMediaQuery } from '#lib/use-media-query.ts';
import { readKeptShare, writeKeptShare } from './kept-share.ts';
import { type PanelId, PanelTabs } from './panel-tabs.tsx';

/** Where there is room for all panels at once. */
export const WIDE = '(min-width: 900px)';

interface WorkspaceLayoutProps {
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
  /** The panel that is shown where only one has room. */
  shown: PanelId;
  onShow: (id: PanelId) => void;
}

/**
 * The agent on the left, the files and terminals it works on to the right; on a narrow page, one of them at a time. Both are one tree of
 * elements, so a page that becomes narrower or wider keeps its terminals and all that was typed, opened or scrolled.
 */
export function WorkspaceLayout(props: WorkspaceLayoutProps) {
  const { conversation, side, editor, preview, terminal, closed, notice, shown, onShow } = props;
  const isNarrow = !useMediaQuery(WIDE);
  const agent = useKeptShare('agent', 37);
  const tree = useKeptShare('files', 24);
  const code = useKeptShare('code', 64);
  const beside = useKeptShare('preview', 50);
  const arrangement = { isNarrow, shown, onShow };
  const open = (
    <Split
      {...code}
      isFlat={isNarrow}
      orientation="vertical"
      label="Resize the terminal"
      minFirstPx={120}
      minSecondPx={80}
      first={
        <Split
          {...tree}
          isFlat={isNarrow}
          orientation="horizontal"
          label="Resize the side bar"
          minFirstPx={180}
          minSecondPx={200}
          first={
            <Panel {...arrangement} id="files">
              {side}
            </Panel>
          }
          second={
            <Panel {...arrangement} id="editor">
              <div className="relative h-full">
                <Split
                  {...beside}
                  isFlat={isNarrow}
                  orientation="horizontal"
                  label="Resize the preview"
                  minFirstPx={120}
                  minSecondPx={200}
                  first={editor}
                  second={
                    preview && (
                      // Narrow, it covers the editor.
                      <div className={isNarrow ? 'absolute inset-0 z-20' : 'h-full'}>{preview}</div>
                    )
                  }
                />
              </div>
            </Panel>
          }
        />
      }
      second={
        <Panel {...arrangement} id="terminal">
          {terminal}
        </Panel>
      }
    />
  );
  return (
    <div className="flex h-full flex-col">
      <div className="flex min-h-0 flex-1 flex-col">
        <Split
          {...agent}
          isFlat={isNarrow}
          orientation="horizontal"
          label="Resize the agent"
          minFirstPx={300}
          minSecondPx={360}
          first={
            <Panel {...arrangement} id="agent">
              <div className="h-full bg-canvas">{conversation}</div>
            </Panel>
          }
          second={
            <div className={isNarrow ? 'contents' : 'flex h-full flex-col'}>
              {/* Narrow, it stands above the agent as well. */}
              <div className={isNarrow ? '-order-1' : undefined}>{notice}</div>
              <div className={isNarrow ? 'contents' : 'min-h-0 flex-1'}>
                {closed === undefined ? (
                  open
                ) : (
                  <Panel {...arrangement} id={shown === 'agent' ? 'files' : shown}>
                    {closed}
                  </Panel>
                )}
              </div>
            </div>
          }
        />
      </div>
      {isNarrow && <PanelTabs shown={shown} onShow={onShow} />}
    </div>
  );
}

interface PanelProps {
  id: PanelId;
  isNarrow: boolean;
  shown: PanelId;
  onShow: (id: PanelId) => void;
  children: ReactNode;
}

/** Stays mounted while another is shown. Where all are shown, the one used last is the one that a narrow page begins with. */
function Panel({ id, isNarrow, shown, onShow, children }: PanelProps) {
  const asTab = { role: 'tabpanel', 'aria-labelledby': `tab-${id}`, hidden: id !== shown } as const;
  return (
    <div
      id={`panel-${id}`}
      {...(isNarrow ? asTab : { onFocus: () => onShow(id) })}
      className={isNarrow ? 'min-h-0 flex-1' : 'h-full'}
    >
      {children}
    </div>
  );
}

function useKeptShare(name: string, defaultPercent: number) {
  const [initialPercent] = useState(() => readKeptShare(name, defaultPercent));
  return { initialPercent, defaultPercent, onMoved: (percent: number) => writeKeptShare(name, percent) };
}
