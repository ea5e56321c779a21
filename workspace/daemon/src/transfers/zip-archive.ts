import { addAbortSignal, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { constants } from 'node:zlib';
import { ESCAPED_BYTE_BASE, hasEscapedBytes } from '@podex/contracts/file-names';
import { ZipFile } from 'yazl';
import { spellName } from '../files/file-names.ts';
import { type ArchiveEntry, LEFT_OUT_NAME } from './archive-walk.ts';

/** They are listed once more at the end of the archive, and held until then. */
const ENTRIES_MAX = 50_000;
/** What the format can say, less what a name may grow by. */
const NAME_BYTES_MAX = 60_000;
/** The first date of the format. */
const FIRST_DATE = new Date('1980-01-01T12:00:00Z');
/** Pieces of a file that wait for the compressor. */
const PIECES_AHEAD = 2;
const NO_COMPRESSION = { compressionLevel: constants.Z_NO_COMPRESSION };
/** The network is rarely faster than this, and the processors are the workspace’s own. */
const FAST_COMPRESSION = { compressionLevel: constants.Z_BEST_SPEED };

/**
 * The bytes of a zip archive of these entries, as they are asked for. A link is an entry whose content is where it leads, as Info-ZIP has it.
 * Names are UTF-8 there: the bytes of others are written `%B1`, which is noted, as is what has no room.
 */
export async function* zipOf(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Buffer> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  using stopped = stopWhenDisposed();
  zip.on('error', (error) => output.destroy(error));
  const feeding = feed(zip, entries, stopped.signal).catch((error: unknown) => {
    output.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    yield* output;
  } finally {
    stopped[Symbol.dispose]();
    await feeding;
  }
}

function stopWhenDisposed(): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  return { signal: controller.signal, [Symbol.dispose]: () => controller.abort() };
}

async function feed(zip: ZipFile, entries: AsyncIterable<ArchiveEntry>, signal: AbortSignal): Promise<void> {
  const names = new Set<string>();
  for await (const entry of entries) {
    signal.throwIfAborted();
    // The last tells of those that had no room.
    const isLast = entry.name.toString() === LEFT_OUT_NAME;
    if (names.size >= ENTRIES_MAX && !isLast)
      entry.note(`a zip holds ${ENTRIES_MAX} files and folders; download it as .tar.gz`);
    else if (entry.name.length > NAME_BYTES_MAX) entry.note('its path is too long for a zip');
    else {
      const name = nameIn(entry, names);
      if (name !== undefined) await add(zip, { ...entry, name }, signal);
    }
  }
  zip.end();
}

async function add(zip: ZipFile, entry: NamedEntry, signal: AbortSignal): Promise<void> {
  const { name, type, mode, size, content, linkTarget = Buffer.alloc(0) } = entry;
  const common = { mode, mtime: entry.modifiedAt < FIRST_DATE ? FIRST_DATE : entry.modifiedAt };
  if (type === 'folder') zip.addEmptyDirectory(name, common);
  else if (type === 'link') zip.addBuffer(linkTarget, name, { ...common, ...NO_COMPRESSION });
  else {
    const source = Readable.from(content, { objectMode: true, highWaterMark: PIECES_AHEAD });
    zip.addReadStream(addAbortSignal(signal, source), name, { ...common, ...FAST_COMPRESSION, size });
    await finished(source);
  }
}

type NamedEntry = Omit<ArchiveEntry, 'name'> & { name: string };

/** As it stands in the archive, which no other entry does. Undefined for a folder that is there already. */
function nameIn({ name, type, note }: ArchiveEntry, taken: Set<string>): string | undefined {
  let unique = plainName(name);
  if (type === 'folder' && taken.has(unique)) return undefined;
  while (taken.has(unique)) unique = `${unique}~`;
  taken.add(unique);
  if (!Buffer.from(unique).equals(name)) note(`its name can’t stand in a zip; there it is ${unique}`);
  return unique;
}

/** What other systems take for a separator or a drive, and what is no UTF-8, as `%5C`. */
function plainName(name: Buffer): string {
  const spelled = Array.from(spellName(name), (character) =>
    hasEscapedBytes(character) ? percent((character.codePointAt(0) ?? 0) - ESCAPED_BYTE_BASE) : character,
  );
  return spelled
    .join('')
    .replaceAll('\\', percent(0x5c))
    .replace(/^([A-Za-z]):/, `$1${percent(0x3a)}`);
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
