'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '#components/button.tsx';
import { messageOf } from '#lib/api-client.ts';
import { logQuery, type Repository } from '../api/git-query.ts';

interface HistoryListProps {
  repository: Repository;
  onOpen: (commit: string, title: string) => void;
}

/** Commits of the current branch, newest first. */
export function HistoryList({ repository, onOpen }: HistoryListProps) {
  const log = useInfiniteQuery(logQuery(repository));
  const commits = log.data?.pages.flatMap(({ items }) => items) ?? [];
  if (log.isError) return <p className="px-3 py-2 text-danger text-xs">{messageOf(log.error)}</p>;
  if (!log.isPending && commits.length === 0)
    return <p className="px-3 py-2 text-ink-3 text-xs">No commits yet.</p>;
  return (
    <div className="pb-2">
      <ul aria-label="Commits">
        {commits.map(({ id, subject, author_name: author, authored_at: date, refs }) => (
          <li key={id}>
            <button
              type="button"
              onClick={() => onOpen(id, subject)}
              title={`${id.slice(0, 10)} · ${author}`}
              className="flex w-full min-w-0 flex-col px-3 py-1 text-left text-xs hover:bg-hover"
            >
              <span className="flex min-w-0 items-center gap-1.5">
                <span className="truncate">{subject}</span>
                {refs.slice(0, 2).map((ref) => (
                  <span key={ref} className="shrink-0 rounded bg-hover px-1 text-2xs text-ink-2">
                    {ref.replace('HEAD -> ', '')}
                  </span>
                ))}
              </span>
              <span className="truncate text-2xs text-ink-3">
                {author}, {new Date(date).toLocaleString()}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {log.hasNextPage && (
        <Button
          size="sm"
          variant="ghost"
          className="mx-2"
          isBusy={log.isFetchingNextPage}
          onClick={() => log.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </div>
  );
}
