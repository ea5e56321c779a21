'use client';

import { shownPath } from '@podex/contracts/file-names';
import type { GitFileDiff, GitHunk } from '@podex/contracts/git';
import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { Button } from '#components/button.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { messageOf } from '#lib/api-client.ts';
import { type SelectionChange, useGitSelection } from '../api/git-actions.ts';
import { type DiffWanted, diffQuery, type Repository } from '../api/git-query.ts';
import { GitFailure } from './git-failure.tsx';

export interface OpenDiff {
  repository: Repository;
  wanted: DiffWanted;
  title: string;
}

interface DiffPanelProps {
  diff: OpenDiff;
  isReadOnly: boolean;
  onClose: () => void;
}

/** What has changed in a file, or what a commit changed. Hunks that are not committed are staged, unstaged and discarded here. */
export function DiffPanel({ diff: { repository, wanted, title }, isReadOnly, onClose }: DiffPanelProps) {
  const diff = useQuery(diffQuery(repository, wanted));
  const select = useGitSelection(repository);
  const changes: SelectionChange[] = isReadOnly ? [] : changesFor(wanted);
  return (
    <section
      aria-label={`Changes: ${title}`}
      data-testid="diff"
      className="flex h-full min-w-0 flex-col bg-surface"
    >
      <header className="flex h-9 shrink-0 items-center gap-2 border-b pr-1.5 pl-3">
        <h2 className="min-w-0 flex-1 truncate text-xs">
          {title} <span className="text-ink-3">{wordOf(wanted)}</span>
        </h2>
        <IconButton size="sm" label="Close changes" onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      <GitFailure error={select.error} onDismiss={() => select.reset()} />
      <div className="min-h-0 flex-1 overflow-auto">
        {diff.isPending && <p className="p-3 text-ink-3 text-xs">Loading changes…</p>}
        {diff.isError && <p className="p-3 text-danger text-xs">{messageOf(diff.error)}</p>}
        {diff.data?.files.length === 0 && <p className="p-3 text-ink-3 text-xs">No changes here any more.</p>}
        {diff.data?.files.map((file) => (
          <FileDiff
            key={file.path}
            file={file}
            changes={changes}
            isBusy={select.isPending}
            onChange={(change, hunk) =>
              select.mutate({
                change,
                selected: { hunks: { file: file.path, diff_id: file.id, hunk_ids: [hunk.id] } },
              })
            }
          />
        ))}
        {diff.data?.truncated === true && (
          <p className="p-3 text-ink-3 text-xs">The rest is too long to show. Use git diff in a terminal.</p>
        )}
      </div>
    </section>
  );
}

function changesFor({ source }: DiffWanted): SelectionChange[] {
  if (source === 'staged') return ['unstage'];
  return source === 'unstaged' ? ['stage', 'discard'] : [];
}

function wordOf({ source }: DiffWanted): string {
  if (source === 'staged') return 'staged';
  return source === 'unstaged' ? 'not staged' : '';
}

const WORDS: Readonly<Record<SelectionChange, string>> = {
  stage: 'Stage hunk',
  unstage: 'Unstage hunk',
  discard: 'Discard hunk',
};

interface FileDiffProps {
  file: GitFileDiff;
  changes: readonly SelectionChange[];
  isBusy: boolean;
  onChange: (change: SelectionChange, hunk: GitHunk) => void;
}

function FileDiff({ file, changes, isBusy, onChange }: FileDiffProps) {
  const canSelect = !file.truncated && !file.binary;
  return (
    <article className="border-b pb-2">
      <h3 className="sticky top-0 truncate bg-sunken px-3 py-1 font-mono text-2xs text-ink-2">
        {file.old_path !== undefined && `${shownPath(file.old_path)} → `}
        {shownPath(file.path)}
      </h3>
      {file.binary && <p className="px-3 py-1 text-ink-3 text-xs">This file is binary.</p>}
      {!file.binary && file.hunks.length === 0 && (
        <p className="px-3 py-1 text-ink-3 text-xs">
          Only its name or mode has changed, or it is in conflict.
        </p>
      )}
      {file.hunks.map((hunk) => (
        <div key={hunk.id} className="group">
          <div className="flex flex-wrap items-center gap-1 bg-hover px-3 py-0.5">
            <span className="min-w-0 flex-1 truncate font-mono text-2xs text-ink-3">
              @@ -{hunk.old_start},{hunk.old_lines} +{hunk.new_start},{hunk.new_lines} @@ {hunk.heading}
            </span>
            {canSelect &&
              changes.map((change) => (
                <Button
                  key={change}
                  size="sm"
                  variant="ghost"
                  className="h-6"
                  disabled={isBusy}
                  onClick={() => onChange(change, hunk)}
                >
                  {WORDS[change]}
                </Button>
              ))}
          </div>
          <HunkLines hunk={hunk} />
        </div>
      ))}
    </article>
  );
}

const LINE_TONES: Readonly<Record<string, string>> = {
  '+': 'bg-success/12',
  '-': 'bg-danger/12',
  '\\': 'text-ink-3 italic',
};

function HunkLines({ hunk }: { hunk: GitHunk }) {
  return (
    <pre className="overflow-x-auto font-mono text-xs leading-5">
      {numbered(hunk).map(({ key, text, before, after }) => (
        <div key={key} className={clsx('flex min-w-max', LINE_TONES[text.charAt(0)])}>
          <span
            aria-hidden
            className="w-10 shrink-0 select-none pr-1 text-right text-2xs text-ink-3 leading-5"
          >
            {before}
          </span>
          <span
            aria-hidden
            className="w-10 shrink-0 select-none pr-2 text-right text-2xs text-ink-3 leading-5"
          >
            {after}
          </span>
          <code className="pr-3">{text}</code>
        </div>
      ))}
    </pre>
  );
}

function numbered({ lines, old_start: oldStart, new_start: newStart }: GitHunk) {
  let before = oldStart;
  let after = newStart;
  return lines.map((text, index) => {
    const sign = text.charAt(0);
    const isBefore = sign === ' ' || sign === '-';
    const isAfter = sign === ' ' || sign === '+';
    const line = { key: index, text, before: isBefore ? before : '', after: isAfter ? after : '' };
    if (isBefore) before += 1;
    if (isAfter) after += 1;
    return line;
  });
}
