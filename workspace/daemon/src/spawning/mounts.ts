import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export interface Mount {
  path: string;
  /** Of mount(2); a mount that is made read-only must keep them. */
  flags: number;
}

const FLAGS: Readonly<Record<string, number>> = {
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  noatime: 1024,
  nodiratime: 2048,
  relatime: 0x200000,
};

/** As this process sees them. */
export function readMounts(): Mount[] {
  return parseMounts(readFileSync('/proc/self/mounts', 'utf8'));
}

/** See `man 5 fstab`: spaces and the like are written as octal numbers. */
export function parseMounts(text: string): Mount[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [, place = '', , options = ''] = line.split(' ');
    const flags = options.split(',').reduce((sum, option) => sum | (FLAGS[option] ?? 0), 0);
    return {
      path: place.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
        String.fromCharCode(Number.parseInt(digits, 8)),
      ),
      flags,
    };
  });
}

const SEARCH_BY_OTHERS = 0o001;

/** Whether a process that has this user’s rights to read, and else nobody’s, may come as far as the folder that a mount lies in. */
export function isReachable(place: string, { uid, gid }: { uid: number; gid: number }): boolean {
  for (let folder = path.dirname(place); ; folder = path.dirname(folder)) {
    const stats = statSync(folder, { throwIfNoEntry: false });
    const isOwn = stats?.uid === uid && stats.gid === gid;
    if (stats === undefined || !(isOwn || (stats.mode & SEARCH_BY_OTHERS) !== 0)) return false;
    if (folder === path.dirname(folder)) return true;
  }
}
