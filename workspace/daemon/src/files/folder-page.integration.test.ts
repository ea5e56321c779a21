import { rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type FileListing, fileListing } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';
import { query } from '../testing/unix-client.ts';

const FILES = 3_000;
const LIMIT = 700;

let daemon: RunningTestDaemon;
const inHome = (...parts: string[]) => path.join(daemon.folders.homePath, ...parts);

beforeAll(async () => {
  daemon = await startTestDaemon();
  await daemon.client.send('POST', '/files/mkdir', { json: { path: 'many/zoo' } });
  const names = Array.from({ length: FILES }, (_, index) => `file-${index}`);
  await Promise.all(names.map((name) => writeFile(inHome('many', name), '')));
});
afterAll(() => daemon[Symbol.asyncDispose]());

async function page(options: { limit?: number; after?: string } = {}, folder = 'many'): Promise<FileListing> {
  const response = await daemon.client.send('GET', `/files?${query({ path: folder, ...options })}`);
  return response.json(fileListing);
}

describe('a folder that is listed page by page', () => {
  it('shows each entry once, folders first, in one order, while others come and go', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    for (let pages = 0; pages < 10; pages += 1) {
      const { children = [], next } = await page({ limit: LIMIT, ...(after && { after }) });
      expect(children.length).toBeLessThanOrEqual(LIMIT);
      seen.push(...children.map(({ name }) => name));
      if (pages === 0) {
        // Before and after the place of the cursor.
        await writeFile(inHome('many', 'a-late-one'), '');
        await rm(inHome('many', 'file-999'));
      }
      if (next === null) break;
      after = next;
    }
    const names = Array.from({ length: FILES }, (_, index) => `file-${index}`).sort();
    expect(seen[0]).toBe('zoo');
    expect(seen.slice(1)).toEqual(names.filter((name) => name !== 'file-999'));
  });

  it('is listed whole up to 10,000 entries by who knows of no pages', async () => {
    const { children, truncated, next } = await page();
    expect([children?.length, truncated, next]).toEqual([FILES + 1, false, null]);
  });

  it('has pages that begin behind any name, whatever it is made of', async () => {
    await daemon.client.send('POST', '/files/mkdir', { json: { path: 'odd' } });
    const raw = Buffer.concat([Buffer.from(inHome('odd', 'raw')), Buffer.of(0xb1)]);
    await symlink('/nowhere', raw);
    for (const name of ['two\nlines', 'ümläut', '€', 'ab']) await writeFile(inHome('odd', name), '');
    const seen: string[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const { children = [], next }: FileListing = await page({ limit: 1, ...(after && { after }) }, 'odd');
      seen.push(...children.map(({ name }) => name));
      after = next;
    }
    expect(seen).toEqual(['ab', 'raw\u{10feb1}', 'two\nlines', 'ümläut', '€'].sort());
  });

  it('refuses a cursor that is none, and limits without a bound', async () => {
    for (const asked of [{ after: 'x.y' }, { after: 'd.' }, { limit: 0 }, { limit: 10_001 }]) {
      const response = await daemon.client.send('GET', `/files?${query({ path: 'many', ...asked })}`);
      expect([asked, response.status, response.code]).toEqual([asked, 400, 'invalid_request']);
    }
  });
});
