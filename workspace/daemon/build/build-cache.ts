import { randomBytes } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** Absolute paths of all that a build was made from. */
export type Inputs = readonly string[];

const cacheFile = z.object({
  version: z.string(),
  inputs: z.array(z.object({ path: z.string(), size: z.number(), modified_ms: z.number() })),
});

/** The version that was built last, if none of its inputs has changed since, by size and time. */
export async function readUnchanged(cachePath: string): Promise<string | undefined> {
  try {
    const { version, inputs } = cacheFile.parse(JSON.parse(await readFile(cachePath, 'utf8')));
    const stamps = await Promise.all(inputs.map(async (input) => ({ input, now: await stat(input.path) })));
    const isUnchanged = stamps.every(
      ({ input, now }) => now.size === input.size && now.mtimeMs === input.modified_ms,
    );
    return isUnchanged ? version : undefined;
  } catch {
    // Never built, or an input is gone: building again is always right.
    return undefined;
  }
}

export async function remember(cachePath: string, version: string, inputs: Inputs): Promise<void> {
  const stamped = await Promise.all(
    inputs.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return { path, size, modified_ms: mtimeMs };
    }),
  );
  const temporary = `${cachePath}.${randomBytes(6).toString('hex')}`;
  await writeFile(
    temporary,
    JSON.stringify({ version, inputs: stamped } satisfies z.infer<typeof cacheFile>),
  );
  await rename(temporary, cachePath);
}
