'use client';

import type { ReactNode } from 'react';
import { messageOf } from '#lib/api-client.ts';
import { ErrorState } from './error-state.tsx';
import { Skeleton } from './skeleton.tsx';

/** What a query of the query client says. */
interface LoadedQuery<Value> {
  data: Value | undefined;
  isError: boolean;
  error: unknown;
  isFetching: boolean;
  refetch: () => unknown;
}

interface LoadedProps<Value> {
  query: LoadedQuery<Value>;
  /** What is loaded, after "Can't load". */
  what: string;
  /** The height of what is awaited, as a class. */
  height?: string | undefined;
  children: (value: Value) => ReactNode;
}

/** What was loaded; until then its shape, and where that fails, why and how to try again. */
export function Loaded<Value>({ query, what, height = 'h-24', children }: LoadedProps<Value>) {
  if (query.data !== undefined) return children(query.data);
  if (!query.isError) {
    return (
      <div className="p-4" role="status" aria-label="Loading">
        <Skeleton className={`${height} w-full`} />
      </div>
    );
  }
  return (
    <ErrorState
      title={`Can't load ${what}`}
      message={messageOf(query.error)}
      isRetrying={query.isFetching}
      onRetry={() => query.refetch()}
    />
  );
}

export interface LoadedRowsProps<Item> extends Omit<LoadedProps<readonly Item[]>, 'children'> {
  /** Names the list. */
  label?: string | undefined;
  /** Shown in place of an empty list. */
  empty: ReactNode;
  /** A row, with its key. */
  children: (item: Item) => ReactNode;
}

/** A list that was loaded, one row below the other. */
export function LoadedRows<Item>({ label, empty, children, ...loaded }: LoadedRowsProps<Item>) {
  return (
    <Loaded {...loaded}>
      {(items) =>
        items.length === 0 ? (
          empty
        ) : (
          <ul aria-label={label} className="divide-y divide-line">
            {items.map(children)}
          </ul>
        )
      }
    </Loaded>
  );
}
