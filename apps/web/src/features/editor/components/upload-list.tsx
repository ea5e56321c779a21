'use client';

import { shownPath } from '@podex/contracts/file-names';
import { X } from 'lucide-react';
import { useEffect } from 'react';
import { Button } from '#components/button.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { countOf, formatBytes } from '#lib/format.ts';
import { type EditorSession, useUploads } from '../model/editor-session.ts';
import { baseName } from '../model/paths.ts';
import type { UploadItem, UploadQueue, UploadSnapshot } from '../model/upload-queue.ts';

/** Files that are listed by name; the others are counted. */
const LISTED_MAX = 50;

/** How uploads go, below the tree while there are any. */
export function UploadList({ session }: { session: EditorSession }) {
  const { uploads } = session;
  const snapshot = useUploads(session);
  useLeaveGuard(snapshot.isBusy);
  if (snapshot.items.length === 0) return null;
  const listed = snapshot.items.filter(({ status }) => status !== 'done' && status !== 'queued');
  return (
    <section aria-label="Uploads" className="flex max-h-[40%] shrink-0 flex-col border-t bg-surface">
      <header className="flex h-8 shrink-0 items-center gap-2 pr-1.5 pl-3 text-xs">
        <p role="status" className="min-w-0 flex-1 truncate text-ink-2">
          {titleOf(snapshot)}
        </p>
        <IconButton
          size="sm"
          label={snapshot.isBusy ? 'Cancel all uploads' : 'Dismiss'}
          onClick={() => uploads.clear()}
        >
          <X aria-hidden />
        </IconButton>
      </header>
      {snapshot.isBusy && (
        <progress
          aria-label="Upload progress"
          max={Math.max(1, snapshot.size)}
          value={snapshot.size === 0 ? 1 : snapshot.sent}
          className="h-1 w-full shrink-0 accent-accent"
        />
      )}
      {listed.length > 0 && (
        <ul className="min-h-0 overflow-y-auto py-1">
          {listed.slice(0, LISTED_MAX).map((item) => (
            <UploadRow key={item.id} item={item} uploads={uploads} />
          ))}
        </ul>
      )}
    </section>
  );
}

function UploadRow({ item, uploads }: { item: UploadItem; uploads: UploadQueue }) {
  const name = shownPath(baseName(item.path));
  return (
    <li className="flex items-center gap-1.5 py-0.5 pr-1.5 pl-3 text-xs">
      <div className="min-w-0 flex-1">
        <p className="truncate" title={shownPath(item.path)}>
          {name}
        </p>
        <p
          className={item.status === 'failed' ? 'text-2xs text-danger' : 'truncate text-2xs text-ink-3'}
          title={item.error ?? undefined}
        >
          {detailOf(item)}
        </p>
      </div>
      {item.status === 'exists' && (
        <Button size="sm" onClick={() => uploads.replace(item.id)}>
          Replace
        </Button>
      )}
      {item.status === 'failed' && (
        <Button size="sm" onClick={() => uploads.retry(item.id)}>
          Try again
        </Button>
      )}
      <IconButton
        size="sm"
        label={item.status === 'sending' ? `Cancel the upload of ${name}` : `Skip ${name}`}
        onClick={() => uploads.remove(item.id)}
      >
        <X aria-hidden />
      </IconButton>
    </li>
  );
}

function titleOf({ items, sent, size, isBusy }: UploadSnapshot): string {
  const done = items.filter(({ status }) => status === 'done').length;
  if (!isBusy) return done === 0 ? 'Nothing was uploaded' : `${countOf(done, 'file')} uploaded`;
  const percent = size === 0 ? 100 : Math.floor((sent / size) * 100);
  return `Uploading ${done + 1} of ${items.length} (${percent}%)`;
}

function detailOf({ status, sent, size, error }: UploadItem): string {
  switch (status) {
    case 'exists':
      return 'A file of this name exists.';
    case 'failed':
      return error ?? 'It failed.';
    case 'waiting_network':
      return 'Waiting for the connection…';
    default:
      return `${formatBytes(sent)} of ${formatBytes(size)}`;
  }
}

/** Asks before the page is left while something is on its way. */
function useLeaveGuard(isBusy: boolean): void {
  useEffect(() => {
    if (!isBusy) return undefined;
    const onLeave = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', onLeave);
    return () => window.removeEventListener('beforeunload', onLeave);
  }, [isBusy]);
}
