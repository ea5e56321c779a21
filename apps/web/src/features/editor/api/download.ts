import { PodexError } from '@podex/contracts/errors';
import type { FileEntry } from '@podex/contracts/files';
import { withQuery } from '@podex/contracts/query';
import { apiUrl } from '#lib/api-address.ts';

/** Where a browser lets a page choose a file on the disk, bytes go there as they come. */
interface SavePicker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<{
    createWritable: () => Promise<WritableStream<Uint8Array>>;
  }>;
}

/** What a folder is downloaded as. */
export type Archive = keyof typeof ARCHIVES;
const ARCHIVES = {
  tar: { route: 'archive', suffix: '.tar.gz' },
  zip: { route: 'archive/zip', suffix: '.zip' },
} as const;
const AS_IT_IS = { route: 'content', suffix: '' };

/** A smaller file waits in the memory of the browser until it is whole. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Saves a file, or a folder as an archive, on the computer of the person. A link would be simpler, but shows no session: the session is for
 * requests of the page alone.
 */
export async function download(
  workspaceId: string,
  { entry, archive }: { entry: FileEntry; archive: Archive },
  signal: AbortSignal,
): Promise<void> {
  const isFolder = entry.type === 'directory';
  const { route, suffix } = isFolder ? ARCHIVES[archive] : AS_IT_IS;
  const name = `${entry.name}${suffix}`;
  const picker = (window as SavePicker).showSaveFilePicker;
  const isLarge = isFolder || entry.size > HELD_BYTES_MAX;
  // Asked first: a browser lets a page ask only right after a click.
  const chosen = isLarge && picker !== undefined ? await picker({ suggestedName: name }) : undefined;
  const path = `/api/workspaces/${encodeURIComponent(workspaceId)}/files/${route}`;
  const response = await fetch(`${apiUrl()}${withQuery(path, { path: entry.path })}`, {
    credentials: 'include',
    signal,
  });
  if (!response.ok) throw PodexError.fromBody(await response.json().catch(() => undefined));
  if (chosen !== undefined && response.body !== null) {
    await response.body.pipeTo(await chosen.createWritable(), { signal });
    return;
  }
  save(await response.blob(), name);
}

function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the content with the click.
  setTimeout(() => URL.revokeObjectURL(url));
}
