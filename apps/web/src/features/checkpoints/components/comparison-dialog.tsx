'use client';

import type { Checkpoint, CheckpointChange, CheckpointFileDiff } from '@podex/contracts/checkpoints';
import { shownPath } from '@podex/contracts/file-names';
import { countOf } from '@podex/contracts/text';
import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { DiffView } from '#components/diff-view.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Segmented } from '#components/segmented.tsx';
import { type Comparison, checkpointDiffQuery, checkpointFileQuery } from '../api/checkpoints-query.ts';
import { shortPath } from '../model/checkpoint-text.ts';

type Side = 'now' | 'previous';

interface ComparisonDialogProps {
  workspaceId: string;
  checkpoint: Checkpoint;
  title: string;
  onClose: () => void;
}

/** Which files differ, and what is in them. */
export function ComparisonDialog({ workspaceId, checkpoint, title, onClose }: ComparisonDialogProps) {
  const [side, setSide] = useState<Side>('now');
  const comparison: Comparison = { workspaceId, checkpointId: checkpoint.id, side };
  const diff = useQuery(checkpointDiffQuery(comparison));
  return (
    <Dialog isOpen onOpenChange={(isOpen) => isOpen || onClose()} title={title} width="lg">
      <div className="flex flex-col gap-3">
        {checkpoint.changes !== null && (
          <Segmented
            label="What to compare"
            value={side}
            onChoose={setSide}
            options={[
              { value: 'now', label: 'Changed since' },
              { value: 'previous', label: 'Changed before' },
            ]}
          />
        )}
        <Loaded query={diff} what="the changes">
          {({ changes, total }) =>
            total === 0 ? (
              <p className="text-ink-2 text-sm">No files differ.</p>
            ) : (
              <>
                <p className="text-ink-2 text-sm">{countOf(total, 'file')} changed</p>
                <ul aria-label="Changed files" className="flex flex-col gap-1">
                  {changes.map((change) => (
                    <ChangeItem key={change.path} comparison={comparison} change={change} />
                  ))}
                </ul>
                {total > changes.length && (
                  <p className="text-ink-3 text-xs">The first {changes.length} are shown.</p>
                )}
              </>
            )
          }
        </Loaded>
      </div>
    </Dialog>
  );
}

const KINDS: Readonly<Record<CheckpointChange['kind'], string>> = {
  added: 'Added',
  modified: 'Modified',
  removed: 'Deleted',
};

function ChangeItem({ comparison, change }: { comparison: Comparison; change: CheckpointChange }) {
  const [isOpen, setOpen] = useState(false);
  const { path, kind, lines } = change;
  return (
    <li className="min-w-0">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex w-full items-center gap-2 rounded-md px-1.5 py-1 text-left text-xs hover:bg-hover"
      >
        <ChevronRight aria-hidden className={`size-3.5 shrink-0 text-ink-3 ${isOpen ? 'rotate-90' : ''}`} />
        <span className="min-w-0 flex-1 truncate font-mono">{shownPath(shortPath(path))}</span>
        <span className="text-ink-3">{KINDS[kind]}</span>
        {lines !== null && (
          <span className="font-mono">
            <span className="text-success">+{lines.added}</span>{' '}
            <span className="text-danger">−{lines.removed}</span>
          </span>
        )}
      </button>
      {isOpen && <FileChanges comparison={comparison} path={path} />}
    </li>
  );
}

function FileChanges({ comparison, path }: { comparison: Comparison; path: string }) {
  const file = useQuery(checkpointFileQuery(comparison, path));
  return (
    <Loaded query={file} what="the file">
      {(sides) => (
        <div className="py-1">
          <Sides path={path} {...sides} />
        </div>
      )}
    </Loaded>
  );
}

function Sides({
  path,
  before,
  after,
  is_binary: isBinary,
  is_cut: isCut,
}: CheckpointFileDiff & { path: string }) {
  if (isBinary) return <p className="px-1.5 text-ink-2 text-xs">Not a text file.</p>;
  if (before === null && after === null) return <p className="px-1.5 text-ink-2 text-xs">A folder.</p>;
  return (
    <>
      <DiffView path={shownPath(shortPath(path))} before={before} after={after} />
      {isCut && <p className="px-1.5 py-1 text-ink-3 text-xs">The first 256 KB are compared.</p>}
    </>
  );
}
