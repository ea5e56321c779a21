import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { createLogger } from '../logging/logger.ts';
import { AppendJournal } from './append-journal.ts';
import { SpaceReserve } from './space-reserve.ts';

const schema = z.object({ key: z.string(), value: z.number() });
type Entry = z.infer<typeof schema>;

let root: string;
beforeAll(async () => {
  root = temporaryFolder('journal');
});

function open(name: string, live: () => readonly Entry[] = () => []) {
  return AppendJournal.open<Entry>({
    path: path.join(root, name),
    schema,
    live,
    reserve: new SpaceReserve(path.join(root, 'reserve')),
    logger: createLogger('test', { write: () => undefined }),
  });
}

/** What a later start finds in the file. */
async function entriesOf(name: string): Promise<Entry[]> {
  const { journal, entries } = await open(name);
  await journal.close();
  return entries;
}

it('gives back what was appended, in order', async () => {
  const { journal } = await open('order');
  const entries = Array.from({ length: 50 }, (_, value) => ({ key: 'k', value }));
  await Promise.all(entries.map((entry) => journal.append(entry, { durable: entry.value % 2 === 0 })));
  await journal.close();
  expect(await entriesOf('order')).toEqual(entries);
});

it('drops a line that a crash tore, and goes on behind the ones before', async () => {
  const first = await open('torn');
  await first.journal.append({ key: 'a', value: 1 }, { durable: true });
  await first.journal.close();
  await appendFile(path.join(root, 'torn'), '{"key":"b","val');
  const second = await open('torn');
  expect(second.entries).toEqual([{ key: 'a', value: 1 }]);
  await second.journal.append({ key: 'c', value: 3 }, { durable: true });
  await second.journal.close();
  expect((await entriesOf('torn')).map(({ key }) => key)).toEqual(['a', 'c']);
});

it('passes over lines that are not its own', async () => {
  await appendFile(path.join(root, 'foreign'), 'nonsense\n{"key":"a","value":1}\n{"other":true}\n');
  expect(await entriesOf('foreign')).toEqual([{ key: 'a', value: 1 }]);
});

it('is written again when most of it is out of date', async () => {
  const live = new Map<string, Entry>();
  const { journal } = await open('long', () => [...live.values()]);
  for (let value = 0; value < 2_500; value += 1) {
    const entry = { key: `k${value % 3}`, value };
    live.set(entry.key, entry);
    await journal.append(entry, { durable: false });
  }
  await journal.close();
  const lines = (await readFile(path.join(root, 'long'), 'utf8')).trim().split('\n');
  expect(lines.length).toBeLessThan(1_100);
  const entries = await entriesOf('long');
  expect(new Map(entries.map((entry) => [entry.key, entry]))).toEqual(live);
});
