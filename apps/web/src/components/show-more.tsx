'use client';

import { Button } from './button.tsx';
import { RequestError } from './form.tsx';

interface ShowMoreProps {
  /** An infinite query of the query client. */
  query: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    error: unknown;
    fetchNextPage: () => unknown;
  };
}

/** Below a list that has more pages: gets the next one. */
export function ShowMore({ query }: ShowMoreProps) {
  if (!query.hasNextPage) return null;
  return (
    <div className="mt-3 flex flex-col items-center gap-3">
      {query.isFetchNextPageError && <RequestError error={query.error} />}
      <Button isBusy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
        Show more
      </Button>
    </div>
  );
}
