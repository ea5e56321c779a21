import type { WatchEvent } from '@podex/contracts/file-events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FollowChanges } from './follow-changes.ts';
import { foldersToWatch, type Shown, touchedBy } from './touched.ts';

const ROOT = '/home/dev';

describe('what is to be read again', () => {
  const shown: Shown = {
    folders: ['/home/dev', '/home/dev/a', '/home/dev/a/b', '/home/dev/ab'],
    files: ['/home/dev/a/b/x', '/home/dev/y'],
  };

  it('is the folder that a name came to or went from, and all below the name', () => {
    expect(touchedBy([{ path: '/home/dev/a', kind: 'deleted' }], shown)).toEqual({
      folders: ['/home/dev', '/home/dev/a', '/home/dev/a/b'],
      files: ['/home/dev/a/b/x'],
    });
    expect(touchedBy([{ path: '/home/dev/new', kind: 'created' }], shown)).toEqual({
      folders: ['/home/dev'],
      files: [],
    });
  });

  it('is the file alone whose content changed', () => {
    expect(touchedBy([{ path: '/home/dev/y', kind: 'changed' }], shown)).toEqual({
      folders: [],
      files: ['/home/dev/y'],
    });
    expect(touchedBy([{ path: '/elsewhere/y', kind: 'created' }], shown)).toEqual({ folders: [], files: [] });
  });
});

describe('the folders to watch', () => {
  it('are those that are shown, those of open files, and those above them', () => {
    expect(
      foldersToWatch({ folders: ['/home/dev/a/b'], files: ['/home/dev/c/d/x', '/etc/hosts'] }, ROOT),
    ).toEqual({
      paths: ['/etc', '/home/dev', '/home/dev/a', '/home/dev/c', '/home/dev/a/b', '/home/dev/c/d'],
      isWhole: true,
    });
  });

  it('are as many as an address has room for', () => {
    const folders = Array.from({ length: 300 }, (_, index) => `/home/dev/${'ä'.repeat(20)}${index}`);
    const { paths, isWhole } = foldersToWatch({ folders, files: [] }, ROOT);
    expect([paths[0], isWhole]).toEqual([ROOT, false]);
    expect(paths.map(encodeURIComponent).join('').length).toBeLessThanOrEqual(6_000);
  });
});

/** One watch that was opened; the test says what comes over it. */
class TestWatch {
  readonly folders: readonly string[];
  readonly signal: AbortSignal;
  readonly #events: (WatchEvent | undefined)[] = [];
  #wake: () => void = () => undefined;

  constructor(folders: readonly string[], signal: AbortSignal) {
    this.folders = folders;
    this.signal = signal;
  }

  /** Undefined ends it. */
  async say(event: WatchEvent | undefined): Promise<void> {
    this.#events.push(event);
    this.#wake();
    await vi.advanceTimersByTimeAsync(0);
  }

  async *read(): AsyncGenerator<WatchEvent> {
    for (;;) {
      while (this.#events.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      const event = this.#events.shift();
      if (event === undefined) return;
      yield event;
    }
  }
}

const READY: WatchEvent = { type: 'ready', folders: 1, not_watched: [] };

describe('FollowChanges', () => {
  let watches: TestWatch[];
  let reads: Shown[];
  let shown: { folders: string[]; files: string[] };
  let follow: FollowChanges;

  beforeEach(() => {
    vi.useFakeTimers();
    watches = [];
    reads = [];
    shown = { folders: [ROOT], files: [] };
    follow = new FollowChanges({
      root: ROOT,
      watch: (folders, signal) => {
        const watch = new TestWatch(folders, signal);
        watches.push(watch);
        return watch.read();
      },
      shown: () => shown,
      read: async (touched) => void reads.push(touched),
    });
    follow.start();
  });
  afterEach(() => {
    follow.stop();
    vi.useRealTimers();
  });

  const watch = (index: number): TestWatch => {
    const found = watches[index];
    if (found === undefined) throw new Error(`there is no watch ${index}`);
    return found;
  };
  const created = (path: string): WatchEvent => ({ type: 'changes', changes: [{ path, kind: 'created' }] });

  it('reads at once what is told, and then as often as is good', async () => {
    expect(follow.isLive).toBe(false);
    await watch(0).say(READY);
    expect([follow.isLive, reads]).toEqual([true, [{ folders: [ROOT], files: [] }]]);
    await vi.advanceTimersByTimeAsync(300);
    for (let index = 0; index < 20; index += 1) await watch(0).say(created(`${ROOT}/${index}`));
    expect(reads).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reads).toHaveLength(3);
  });

  it('has the next watch ready before the last one ends', async () => {
    await watch(0).say(READY);
    shown.folders.push(`${ROOT}/a`);
    follow.shownChanged();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([watch(1).folders, watch(0).signal.aborted]).toEqual([[ROOT, `${ROOT}/a`], false]);
    await watch(1).say(READY);
    expect(watch(0).signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reads.at(-1)).toEqual({ folders: [`${ROOT}/a`], files: [] });
    follow.shownChanged();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(watches).toHaveLength(2);
  });

  it('reads all that is shown after an overflow, and after it was cut off', async () => {
    shown.files.push(`${ROOT}/x`);
    await watch(0).say(READY);
    await vi.advanceTimersByTimeAsync(1_000);
    await watch(0).say({ type: 'overflow' });
    expect(reads.at(-1)).toEqual(shown);
    await watch(0).say(undefined);
    expect(follow.isLive).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    reads.length = 0;
    await watch(1).say(READY);
    expect([follow.isLive, reads]).toEqual([true, [shown]]);
  });

  it('leaves it to others to tell of what can’t be watched', async () => {
    await watch(0).say({ ...READY, not_watched: [{ path: `${ROOT}/a`, reason: 'locked' }] });
    expect(follow.isLive).toBe(false);
  });

  it('ends with the screen', async () => {
    await watch(0).say(READY);
    follow.stop();
    expect(watch(0).signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(watches).toHaveLength(1);
  });
});
