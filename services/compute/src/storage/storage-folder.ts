import { PodexError } from '@podex/contracts/errors';

/** @throws PodexError internal when the key is not one plain folder name: it is joined to paths that are deleted as root. */
export function storageFolder(storageKey: string, storage: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(storageKey)) return `${storage}/${storageKey}`;
  throw new PodexError('internal', 'The storage key of the workspace is not a plain folder name.', {});
}

/** Where a copy is put together that does not count yet: below the storage, where no workspace’s own folder is. */
export function incomingFolder(storageKey: string, storage: string): string {
  return storageFolder(`incoming-${storageKey}`, `${storage}/.podex`);
}
