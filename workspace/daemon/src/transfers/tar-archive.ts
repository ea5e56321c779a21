import type { ArchiveEntry } from './archive-walk.ts';
import { TAR_END, tarHeader, tarPadding } from './tar-header.ts';

/** The bytes of a tar archive of these entries, as they are asked for. */
export async function* tarOf(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Buffer> {
  for await (const entry of entries) {
    yield tarHeader(entry);
    yield* entry.content;
    yield tarPadding(entry.size);
  }
  yield TAR_END;
}
