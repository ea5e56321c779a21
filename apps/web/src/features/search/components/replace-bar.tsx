'use client';

import { countOf } from '@podex/contracts/text';
import { ChevronRight, ReplaceAll } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { CONTROL_CLASS } from '#components/field.tsx';
import { Spinner } from '#components/spinner.tsx';
import { type ReplaceTarget, withoutCheckpoint } from '../model/replace-files.ts';
import type { ReplacePreviewsSnapshot } from '../model/replace-previews.ts';
import type { Replacing } from '../model/use-replacing.ts';

interface ReplaceBarProps {
  replacing: Replacing;
  /** The search has not shown all that there is. */
  isCut: boolean;
}

/** What comes in the place of what was found, and all of it at once. */
export function ReplaceBar({ replacing, isCut }: ReplaceBarProps) {
  const { isOpen, setOpen, replacement, setReplacement, preview, request } = replacing;
  const [isAsking, setAsking] = useState(false);
  const { changes, files } = preview;
  const targets = targetsOf(preview);
  return (
    <div className="flex flex-col gap-1.5 px-2 pb-2">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex h-6 items-center gap-1 self-start rounded-md pr-1.5 text-2xs text-ink-3 hover:bg-hover hover:text-ink"
      >
        <ChevronRight aria-hidden className={isOpen ? 'size-3 rotate-90' : 'size-3'} />
        Replace
      </button>
      {isOpen && (
        <>
          <input
            aria-label="Replace with"
            placeholder="Replace with"
            autoComplete="off"
            spellCheck={false}
            maxLength={5_000}
            value={replacement}
            onChange={(event) => setReplacement(event.target.value)}
            className={`${CONTROL_CLASS} h-7 text-xs`}
          />
          <Button
            size="sm"
            disabled={targets.length === 0 || preview.isLoading}
            onClick={() => setAsking(true)}
          >
            {preview.isLoading ? (
              <Spinner className="size-3" />
            ) : (
              <ReplaceAll aria-hidden className="size-3.5" />
            )}
            Replace all
          </Button>
          {preview.error !== null && (
            <p role="alert" className="text-2xs text-danger">
              {preview.error}
            </p>
          )}
        </>
      )}
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={`Replace ${countOf(changes, 'match', 'matches')} in ${countOf(files, 'file')}?`}
        description={describe(targets, isCut)}
        action="Replace"
        request={request}
        onConfirm={() =>
          request.mutateAsync(targets).then(
            () => setAsking(false),
            // The dialog says why.
            () => undefined,
          )
        }
      />
    </div>
  );
}

function targetsOf({ byPath }: ReplacePreviewsSnapshot): ReplaceTarget[] {
  return [...byPath.values()].flatMap(({ path, etag, count }) =>
    etag === null || count === 0 ? [] : [{ path, etag }],
  );
}

function describe(targets: readonly ReplaceTarget[], isCut: boolean): string {
  const unkept = withoutCheckpoint(targets.map(({ path }) => path)).length;
  return [
    'A checkpoint is made first, so you can undo this.',
    ...(unkept > 0
      ? [
          `It does not hold ${countOf(unkept, 'file')} in your home whose path begins with a dot: to be able to undo that too, replace there first, on its own.`,
        ]
      : []),
    'A file that changes meanwhile is left as it is.',
    ...(isCut ? ['The search found more files than are shown; those are left as they are.'] : []),
  ].join(' ');
}
