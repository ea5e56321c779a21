'use client';

import { useQueries } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { messageOf } from '#lib/api-client.ts';
import { readKeptList, writeKeptList } from '#lib/kept-list.ts';
import { directoryQuery } from '../api/directories.ts';
import { HOME_PATH } from '../api/files.ts';
import { type FolderState, rowsOf, type TreeRow, visibleFolders } from './tree-rows.ts';

export interface FileTreeModel {
  rows: readonly TreeRow[];
  toggle: (path: string) => void;
  retry: (path: string) => void;
}

/** The rows of the tree, read folder by folder as they are unfolded. */
export function useFileTree(workspaceId: string): FileTreeModel {
  const [expanded, toggle] = useExpanded(workspaceId);
  const paths = useMemo(() => visibleFolders(HOME_PATH, expanded), [expanded]);
  const results = useQueries({ queries: paths.map((path) => directoryQuery(workspaceId, path)) });
  const folders = new Map<string, FolderState>();
  for (const [index, path] of paths.entries()) {
    const { data, error } = results[index] ?? {};
    folders.set(path, {
      children: data?.children,
      isTruncated: data?.isTruncated ?? false,
      isPartial: data?.isPartial ?? false,
      error: error ? messageOf(error) : undefined,
    });
  }
  const rows = rowsOf(HOME_PATH, folders, expanded);
  return { rows, toggle, retry: (path) => results[paths.indexOf(path)]?.refetch() };
}

function useExpanded(workspaceId: string): [ReadonlySet<string>, (path: string) => void] {
  const key = `podex.expanded.${workspaceId}`;
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(() => new Set(readKeptList(key)));
  const toggle = useCallback(
    (path: string) =>
      setExpanded((old) => {
        const next = new Set(old);
        if (!next.delete(path)) next.add(path);
        writeKeptList(key, [...next]);
        return next;
      }),
    [key],
  );
  return [expanded, toggle];
}
