import { PodexError } from '@podex/contracts/errors';
import { newId, type UploadId } from '@podex/contracts/ids';
import { isUploadPath } from '@podex/contracts/uploads';
import { isWorthRetrying, messageOf } from '#lib/api-client.ts';
import { Pauses } from './pauses.ts';

/** What the queue asks of api. */
export interface UploadGateway {
  sendWhole: (target: Target, file: Blob, sending: Sending) => Promise<void>;
  begin: (id: UploadId, target: Target & { size: number }) => Promise<{ offset: number }>;
  sendPart: (id: UploadId, part: { offset: number; part: Blob }, sending: Sending) => Promise<number>;
  finish: (id: UploadId) => Promise<void>;
  cancel: (id: UploadId) => Promise<void>;
}

interface Target {
  path: string;
  replace: boolean;
}

interface Sending {
  signal: AbortSignal;
  onSent: (bytes: number) => void;
}

export interface UploadItem {
  id: UploadId;
  path: string;
  size: number;
  sent: number;
  /** `waiting_network` goes on by itself; `exists` waits for a person’s word. */
  status: 'queued' | 'sending' | 'waiting_network' | 'exists' | 'failed' | 'done';
  error: string | null;
}

export interface UploadSnapshot {
  items: readonly UploadItem[];
  sent: number;
  size: number;
  isBusy: boolean;
}

interface Job {
  item: UploadItem;
  file: Blob;
  replace: boolean;
  controller: AbortController;
}

const AT_ONCE = 3;
/** A larger file goes in parts, and goes on where it broke off. */
const WHOLE_BYTES_MAX = 4 * 1024 * 1024;
const PART_BYTES = 16 * 1024 * 1024;
/** Of a file that never moves: about a quarter of an hour. */
const TRIES_MAX = 30;
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 30_000;
const NOTHING: UploadSnapshot = { items: [], sent: 0, size: 0, isBusy: false };

/** Files on their way into a workspace: a few at a time, each tried again when the network comes back. */
export class UploadQueue {
  readonly #gateway: UploadGateway;
  readonly #onUploaded: () => void;
  readonly #pauses = new Pauses();
  readonly #listeners = new Set<() => void>();
  #jobs: Job[] = [];
  #snapshot = NOTHING;

  constructor(gateway: UploadGateway, onUploaded: () => void) {
    this.#gateway = gateway;
    this.#onUploaded = onUploaded;
  }

  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): UploadSnapshot => this.#snapshot;

  add(files: readonly { path: string; file: Blob }[]): void {
    if (!this.#snapshot.isBusy) this.#forget(({ status }) => status === 'done');
    for (const { path, file } of files) {
      const isRefused = !isUploadPath(path);
      const item: UploadItem = {
        id: newId('upload'),
        path,
        size: file.size,
        sent: 0,
        status: isRefused ? 'failed' : 'queued',
        error: isRefused ? 'Its name has control characters in it. Rename it first.' : null,
      };
      this.#jobs.push({ item, file, replace: false, controller: new AbortController() });
    }
    this.#pump();
  }

  /** The file that is there goes. */
  replace(id: UploadId): void {
    this.#again(id, { replace: true });
  }

  retry(id: UploadId): void {
    this.#again(id, {});
  }

  /** Ends it where it still goes, and forgets it. */
  remove(id: UploadId): void {
    this.#forget((item) => item.id === id);
    this.#pump();
  }

  clear(): void {
    this.#forget(() => true);
    this.#changed();
  }

  dispose(): void {
    this.#listeners.clear();
    for (const { controller } of this.#jobs) controller.abort();
    this.#pauses.endAll();
  }

  /** The network is back. */
  wake(): void {
    this.#pauses.endAll();
  }

  #again(id: UploadId, change: Partial<Pick<Job, 'replace'>>): void {
    this.#jobs = this.#jobs.map((job) => {
      if (job.item.id !== id) return job;
      const item: UploadItem = { ...job.item, id: newId('upload'), status: 'queued', sent: 0, error: null };
      return { ...job, ...change, item, controller: new AbortController() };
    });
    this.#pump();
  }

  #forget(isMeant: (item: UploadItem) => boolean): void {
    for (const { item, controller } of this.#jobs.filter((job) => isMeant(job.item))) {
      controller.abort();
      const isKnownThere = item.size > WHOLE_BYTES_MAX && item.status !== 'queued' && item.status !== 'done';
      // What is not cancelled there goes by itself, after a day.
      if (isKnownThere) this.#gateway.cancel(item.id).catch(() => undefined);
    }
    this.#jobs = this.#jobs.filter(({ item }) => !isMeant(item));
  }

  #pump(): void {
    const going = this.#jobs.filter(({ item }) => isGoing(item)).length;
    const next = this.#jobs.filter(({ item }) => item.status === 'queued').slice(0, AT_ONCE - going);
    for (const job of next) {
      this.#update(job, { status: 'sending' });
      this.#carryOut(job).then(
        () => this.#pump(),
        () => this.#pump(),
      );
    }
    this.#changed();
  }

  async #carryOut(job: Job): Promise<void> {
    try {
      await this.#tryUntilSent(job);
      this.#update(job, { status: 'done', sent: job.item.size });
      this.#onUploaded();
    } catch (error) {
      if (job.controller.signal.aborted) return;
      const isThere = PodexError.has(error, 'file_changed') && !job.replace;
      this.#update(job, isThere ? { status: 'exists' } : { status: 'failed', error: messageOf(error) });
    }
  }

  async #tryUntilSent(job: Job): Promise<void> {
    for (let tries = 1; !(await this.#isSent(job, tries)); tries += 1) {
      this.#update(job, { status: 'waiting_network' });
      await this.#pauses.wait(Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** tries));
      job.controller.signal.throwIfAborted();
      this.#update(job, { status: 'sending', error: null });
    }
  }

  /** False when it is worth another try. */
  async #isSent(job: Job, tries: number): Promise<boolean> {
    const isLarge = job.item.size > WHOLE_BYTES_MAX;
    try {
      await (isLarge ? this.#sendInParts(job) : this.#sendWhole(job));
      return true;
    } catch (error) {
      // A part that is refused for its place: what was sent before the connection broke arrived later than we asked.
      const isElsewhere = isLarge && PodexError.has(error, 'conflict');
      const isPassing = isElsewhere || isWorthRetrying(error);
      if (job.controller.signal.aborted || !isPassing || tries === TRIES_MAX) throw error;
      return false;
    }
  }

  async #sendWhole(job: Job): Promise<void> {
    const { item, file, replace } = job;
    await this.#gateway.sendWhole({ path: item.path, replace }, file, {
      signal: job.controller.signal,
      onSent: (bytes) => this.#update(job, { sent: Math.min(bytes, item.size) }),
    });
  }

  async #sendInParts(job: Job): Promise<void> {
    const { file, replace, controller } = job;
    const { id, path, size } = job.item;
    let { offset } = await this.#gateway.begin(id, { path, size, replace });
    while (offset < size) {
      const start = offset;
      this.#update(job, { sent: start });
      const part = file.slice(start, start + PART_BYTES);
      offset = await this.#gateway.sendPart(
        id,
        { offset: start, part },
        {
          signal: controller.signal,
          onSent: (bytes) => this.#update(job, { sent: Math.min(start + bytes, size) }),
        },
      );
    }
    controller.signal.throwIfAborted();
    await this.#gateway.finish(id);
  }

  #update(job: Job, change: Partial<UploadItem>): void {
    job.item = { ...job.item, ...change };
    this.#changed();
  }

  #changed(): void {
    const items = this.#jobs.map(({ item }) => item);
    const counted = items.filter(({ status }) => isCounted(status));
    this.#snapshot = {
      items,
      sent: counted.reduce((sum, { sent }) => sum + sent, 0),
      size: counted.reduce((sum, { size }) => sum + size, 0),
      isBusy: items.some((item) => item.status === 'queued' || isGoing(item)),
    };
    for (const listener of this.#listeners) listener();
  }
}

const isGoing = ({ status }: UploadItem) => status === 'sending' || status === 'waiting_network';
const isCounted = (status: UploadItem['status']) => status !== 'exists' && status !== 'failed';
