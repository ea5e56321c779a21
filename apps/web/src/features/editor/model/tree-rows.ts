import type { FileEntry } from '@podex/contracts/files';

/** What is known of one folder that is unfolded. */
export interface FolderState {
  children: readonly FileEntry[] | undefined;
  /** There are more than are shown. */
  isTruncated: boolean;
  /** More are on their way. */
  isPartial: boolean;
  /** Why it could not be read, where that is all that is known of it. */
  error: string | undefined;
}

export type TreeRow =
  | { kind: 'entry'; key: string; depth: number; entry: FileEntry; isExpanded: boolean }
  | { kind: 'note'; key: string; depth: number; text: string; retryPath?: string };

/** What the tree shows, one row below the other. */
export function rowsOf(
  root: string,
  folders: ReadonlyMap<string, FolderState>,
  expanded: ReadonlySet<string>,
): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (path: string, depth: number) => {
    const folder = folders.get(path);
    if (folder?.children === undefined) {
      rows.push(unreadNote(path, depth, folder?.error));
      return;
    }
    if (folder.children.length === 0) rows.push({ kind: 'note', key: `${path}/`, depth, text: 'Empty' });
    for (const entry of folder.children) {
      const isExpanded = entry.type === 'directory' && expanded.has(entry.path);
      rows.push({ kind: 'entry', key: entry.path, depth, entry, isExpanded });
      if (isExpanded) add(entry.path, depth + 1);
    }
    if (folder.isTruncated) {
      const text = moreText(folder.children.length, folder.isPartial);
      rows.push({ kind: 'note', key: `${path}//`, depth, text });
    }
  };
  add(root, 0);
  return rows;
}

function unreadNote(path: string, depth: number, error: string | undefined): TreeRow {
  const note = { kind: 'note', key: `${path}/`, depth } as const;
  if (error === undefined) return { ...note, text: 'Loading…' };
  return { ...note, text: `${error} Try again`, retryPath: path };
}

function moreText(shown: number, isPartial: boolean): string {
  if (isPartial) return 'Loading more…';
  return `The first ${shown.toLocaleString('en')} are shown. Search for others.`;
}

/** Folders that are unfolded in folders that are: what is to be read. */
export function visibleFolders(root: string, expanded: ReadonlySet<string>): string[] {
  const isShown = (path: string): boolean => {
    const above = path.slice(0, path.lastIndexOf('/'));
    return above === root || (above.startsWith(`${root}/`) && expanded.has(above) && isShown(above));
  };
  return [root, ...[...expanded].filter(isShown)];
}
