'use client';

import { useEffect, useState } from 'react';
import { type ContentQuery, searchContents } from '../api/search.ts';
import { ContentSearch } from './content-search.ts';

/** A search begins when nothing was typed for so long. */
const TYPED_MS = 250;

const EMPTY: ContentQuery = {
  text: '',
  isRegex: false,
  isCaseSensitive: false,
  isWholeWord: false,
  include: '',
  exclude: '',
};

/** What is searched for in a workspace, and found, wherever it is shown. */
export interface SearchSession {
  search: ContentSearch;
  query: ContentQuery;
  change: (change: Partial<ContentQuery>) => void;
}

/** One per workspace screen: it outlives the views that show it. */
export function useSearchSession(workspaceId: string): SearchSession {
  const [search] = useState(
    () => new ContentSearch((query, signal) => searchContents(workspaceId, query, signal)),
  );
  const [query, setQuery] = useState(EMPTY);
  useEffect(() => () => search.stop(), [search]);
  useEffect(() => {
    const timer = setTimeout(() => search.run(query), query.text === '' ? 0 : TYPED_MS);
    return () => clearTimeout(timer);
  }, [search, query]);
  return { search, query, change: (change) => setQuery((old) => ({ ...old, ...change })) };
}
