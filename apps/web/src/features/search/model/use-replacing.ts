'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { toast } from '#components/toaster.tsx';
import { loadReplacePreview, replaceInFiles } from '../api/replace.ts';
import type { ContentQuery } from '../api/search.ts';
import type { ContentSearchSnapshot } from './content-search.ts';
import {
  commonFolder,
  problemsText,
  type ReplaceTarget,
  replacedText,
  replaceInAll,
} from './replace-files.ts';
import { ReplacePreviews } from './replace-previews.ts';

/** A preview is asked for when nothing was typed for so long. */
const TYPED_MS = 250;
const LABEL_TEXT_MAX = 60;

export interface ReplacingOptions {
  workspaceId: string;
  query: ContentQuery;
  found: ContentSearchSnapshot;
  /** Keeps a folder as it is, and gives the checkpoint’s id. */
  makeCheckpoint: (label: string, folder: string) => Promise<string>;
  /** Files were changed; `undo` leads back. */
  onReplaced: (checkpointId: string) => { undo: () => void };
}

export type Replacing = ReturnType<typeof useReplacing>;

/** Replacing what a search has found: first each change is shown, then some or all are made. */
export function useReplacing({ workspaceId, query, found, makeCheckpoint, onReplaced }: ReplacingOptions) {
  const [isOpen, setOpen] = useState(false);
  const [replacement, setReplacement] = useState('');
  const [previews] = useState(
    () => new ReplacePreviews((asked, files) => loadReplacePreview(workspaceId, asked, files)),
  );
  const preview = useSyncExternalStore(previews.onChange, previews.getSnapshot, previews.getSnapshot);
  const { files, status } = found;
  const isReady = isOpen && files.length > 0 && (status === 'done' || status === 'stopped');

  useEffect(() => {
    if (!isReady) {
      previews.clear();
      return undefined;
    }
    const paths = files.map(({ path }) => path);
    const timer = setTimeout(() => previews.run({ ...query, replacement }, paths), TYPED_MS);
    return () => clearTimeout(timer);
  }, [previews, isReady, files, query, replacement]);

  const request = useMutation({
    async mutationFn(targets: readonly ReplaceTarget[]) {
      const folder = commonFolder(targets.map(({ path }) => path));
      const checkpointId = await makeCheckpoint(labelOf(query.text), folder);
      const asked = { ...query, replacement };
      const outcome = await replaceInAll(targets, (part) => replaceInFiles(workspaceId, asked, part));
      const { undo } = onReplaced(checkpointId);
      const undoing = outcome.files > 0 ? { action: { label: 'Undo', onClick: undo } } : {};
      if (outcome.problems.length === 0) toast.success(replacedText(outcome), undoing);
      else toast.warning(replacedText(outcome), { description: problemsText(outcome), ...undoing });
    },
  });

  return { isOpen, setOpen, replacement, setReplacement, preview, request };
}

/** On one line, short enough for a row of the list. */
function labelOf(text: string): string {
  const line = text
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, LABEL_TEXT_MAX);
  return `Before replacing “${line.toWellFormed()}”`;
}
