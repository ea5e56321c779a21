'use client';

import { useQuery } from '@tanstack/react-query';
import { ArchiveRestore, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { IconButton } from '#components/icon-button.tsx';
import type { GitAction } from '../api/git-actions.ts';
import { type Repository, stashesQuery } from '../api/git-query.ts';

interface StashListProps {
  repository: Repository;
  isReadOnly: boolean;
  onOpen: (index: number, title: string) => void;
  onAct: (action: GitAction) => void;
}

/** What was put aside, the latest first. */
export function StashList({ repository, isReadOnly, onOpen, onAct }: StashListProps) {
  const stashes = useQuery(stashesQuery(repository));
  const [dropping, setDropping] = useState<number>();
  return (
    <section aria-label="Stashes" className="pb-2">
      <h3 className="flex h-7 items-center px-3 font-medium text-ink-2 text-xs">Stashes</h3>
      <ul>
        {stashes.data?.items.map(({ index, message }) => (
          <li key={index} className="flex h-7 items-center gap-0.5 pr-1.5">
            <button
              type="button"
              onClick={() => onOpen(index, message)}
              className="h-full min-w-0 flex-1 truncate pl-3 text-left text-xs hover:bg-hover"
            >
              {message}
            </button>
            {!isReadOnly && (
              <>
                <IconButton
                  size="sm"
                  label={`Bring back ${message}`}
                  onClick={() => onAct({ do: 'stash', what: 'pop', index })}
                >
                  <ArchiveRestore aria-hidden />
                </IconButton>
                <IconButton size="sm" label={`Drop ${message}`} onClick={() => setDropping(index)}>
                  <Trash2 aria-hidden />
                </IconButton>
              </>
            )}
          </li>
        ))}
      </ul>
      <ConfirmDialog
        isOpen={dropping !== undefined}
        onOpenChange={(isOpen) => !isOpen && setDropping(undefined)}
        title="Drop this stash?"
        description="The changes in it are lost."
        action="Drop"
        isDangerous
        onConfirm={() => {
          if (dropping !== undefined) onAct({ do: 'stash', what: 'drop', index: dropping });
          setDropping(undefined);
        }}
      />
    </section>
  );
}
