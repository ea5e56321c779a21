'use client';

import { ExternalLink, RotateCw, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { IconButton } from '#components/icon-button.tsx';
import { Notice } from '#components/notice.tsx';
import { canBeFramed, FRAME_SANDBOX, type OpenPreview } from '../model/preview-frame.ts';
import { usePreviewEntry } from '../model/use-preview-entry.ts';

interface PreviewPaneProps {
  workspaceId: string;
  preview: OpenPreview;
  onClose: () => void;
}

/** A preview within the page, in a frame from which its program cannot get out. */
export function PreviewPane({ workspaceId, preview, onClose }: PreviewPaneProps) {
  const { port, url } = preview;
  const [loads, setLoads] = useState(0);
  return (
    <section aria-label={`Preview of port ${port}`} className="flex h-full min-w-0 flex-col bg-surface">
      <header className="flex h-9 shrink-0 items-center gap-1 border-b pr-1.5 pl-3">
        <h2 className="min-w-0 flex-1 truncate text-xs">
          Port {port} <span className="text-ink-3">{new URL(url).host}</span>
        </h2>
        <IconButton size="sm" label="Reload preview" onClick={() => setLoads(loads + 1)}>
          <RotateCw />
        </IconButton>
        <IconButton
          size="sm"
          label="Open preview in a new tab"
          onClick={() => window.open(url, '_blank', 'noopener,noreferrer')}
        >
          <ExternalLink />
        </IconButton>
        <IconButton size="sm" label="Close preview" onClick={onClose}>
          <X />
        </IconButton>
      </header>
      <div className="relative min-h-0 flex-1">
        {canBeFramed(url, window.location.href) ? (
          <PreviewFrame key={loads} workspaceId={workspaceId} {...preview} />
        ) : (
          <div className="p-3">
            <Notice tone="warning" title="Open it in a tab">
              Browsers show previews within a page only over https.
            </Notice>
          </div>
        )}
      </div>
    </section>
  );
}

function PreviewFrame({ workspaceId, port, url }: OpenPreview & { workspaceId: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const failure = usePreviewEntry({ workspaceId, port, url, frame });
  return (
    <>
      <iframe
        ref={frame}
        src={url}
        title={`Preview of port ${port}`}
        sandbox={FRAME_SANDBOX}
        allow="fullscreen; clipboard-write"
        referrerPolicy="no-referrer"
        className="size-full border-0 bg-white"
      />
      {failure !== undefined && (
        <div className="absolute inset-x-0 top-0 p-3">
          <Notice tone="warning" title="Can't show the preview here" isAlert>
            {failure}
          </Notice>
        </div>
      )}
    </>
  );
}
