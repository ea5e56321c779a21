import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it, vi } from 'vitest';
import { type UploadGateway, UploadQueue } from './upload-queue.ts';

const MB = 1024 * 1024;

/** Files in a map, as a workspace would take them. */
class MemoryUploads implements UploadGateway {
  readonly files = new Map<string, number>();
  readonly parts = new Map<string, { path: string; size: number; replace: boolean; offset: number }>();
  /** What the next requests fail with, one after the other. */
  readonly failures: Error[] = [];

  async sendWhole({ path, replace }: { path: string; replace: boolean }, file: Blob): Promise<void> {
    this.#fail();
    this.#put(path, file.size, replace);
  }

  async begin(id: string, target: { path: string; size: number; replace: boolean }) {
    const known = this.parts.get(id);
    if (known === undefined) this.parts.set(id, { ...target, offset: 0 });
    return { offset: known?.offset ?? 0 };
  }

  async sendPart(id: string, { offset, part }: { offset: number; part: Blob }): Promise<number> {
    const upload = this.parts.get(id);
    if (upload?.offset !== offset) throw new PodexError('conflict', 'elsewhere', {});
    // It arrives, and the connection breaks off.
    upload.offset += part.size;
    this.#fail();
    return upload.offset;
  }

  async finish(id: string): Promise<void> {
    const { path = '', size = 0, replace = false, offset = 0 } = this.parts.get(id) ?? {};
    if (offset !== size) throw new PodexError('conflict', 'bytes are missing', {});
    this.#put(path, size, replace);
    this.parts.delete(id);
  }

  async cancel(id: string): Promise<void> {
    this.parts.delete(id);
  }

  #put(path: string, size: number, replace: boolean): void {
    if (this.files.has(path) && !replace) throw new PodexError('file_changed', 'it is there', { path });
    this.files.set(path, size);
  }

  #fail(): void {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
  }
}

const file = (bytes: number) => new Blob([new Uint8Array(bytes)]);
const broken = () => new PodexError('service_unavailable', 'broken off', { service: 'api' });

function setUp() {
  const gateway = new MemoryUploads();
  const onUploaded = vi.fn();
  const queue = new UploadQueue(gateway, onUploaded);
  const statuses = () => queue.getSnapshot().items.map(({ status }) => status);
  return { gateway, queue, onUploaded, statuses };
}

describe('UploadQueue', () => {
  it('sends small files whole and large ones in parts', async () => {
    const { gateway, queue, onUploaded, statuses } = setUp();
    queue.add([
      { path: '/h/a', file: file(10) },
      { path: '/h/b', file: file(40 * MB) },
      { path: '/h/empty', file: file(0) },
    ]);
    expect(queue.getSnapshot().isBusy).toBe(true);
    await vi.waitFor(() => expect(statuses()).toEqual(['done', 'done', 'done']));
    expect([...gateway.files]).toEqual(
      expect.arrayContaining([
        ['/h/a', 10],
        ['/h/b', 40 * MB],
        ['/h/empty', 0],
      ]),
    );
    expect(onUploaded).toHaveBeenCalledTimes(3);
    expect(queue.getSnapshot()).toMatchObject({ isBusy: false, sent: 40 * MB + 10, size: 40 * MB + 10 });
  });

  it('goes on where it was when the network is back', async () => {
    const { gateway, queue, statuses } = setUp();
    gateway.failures.push(broken(), broken());
    queue.add([{ path: '/h/b', file: file(40 * MB) }]);
    for (const left of [1, 0]) {
      await vi.waitFor(() =>
        expect([gateway.failures.length, ...statuses()]).toEqual([left, 'waiting_network']),
      );
      queue.wake();
    }
    await vi.waitFor(() => expect(statuses()).toEqual(['done']));
    expect(gateway.files.get('/h/b')).toBe(40 * MB);
  });

  it('asks before it replaces a file', async () => {
    const { gateway, queue, statuses } = setUp();
    gateway.files.set('/h/a', 1).set('/h/b', 1);
    queue.add([
      { path: '/h/a', file: file(2) },
      { path: '/h/b', file: file(5 * MB) },
    ]);
    await vi.waitFor(() => expect(statuses()).toEqual(['exists', 'exists']));
    expect(gateway.files.get('/h/a')).toBe(1);
    for (const { id } of queue.getSnapshot().items) queue.replace(id);
    await vi.waitFor(() => expect(statuses()).toEqual(['done', 'done']));
    expect([gateway.files.get('/h/a'), gateway.files.get('/h/b')]).toEqual([2, 5 * MB]);
  });

  it('says what failed, tries it again when told, and leaves nothing of what is cancelled', async () => {
    const { gateway, queue, statuses } = setUp();
    gateway.failures.push(new PodexError('disk_full', 'The disk is full.', {}));
    queue.add([{ path: '/h/b', file: file(20 * MB) }]);
    await vi.waitFor(() => expect(statuses()).toEqual(['failed']));
    const [item] = queue.getSnapshot().items;
    expect(item?.error).toBe('The disk is full.');
    if (item !== undefined) queue.remove(item.id);
    expect(queue.getSnapshot().items).toEqual([]);
    await vi.waitFor(() => expect(gateway.parts.size).toBe(0));
  });

  it('sends nothing of a name that has control characters or leads elsewhere', async () => {
    const { gateway, queue, statuses } = setUp();
    queue.add(['/h/two\nlines', '/h/../x'].map((path) => ({ path, file: file(1) })));
    expect(statuses()).toEqual(['failed', 'failed']);
    expect(gateway.files.size).toBe(0);
  });
});
