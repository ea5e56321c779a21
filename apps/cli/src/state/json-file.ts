import { open, readFile, rename, rm } from 'node:fs/promises';
import type { z } from 'zod';
import { CliError, errorCode } from '../cli-error.ts';

/**
 * The content of a state file; undefined when there is none.
 *
 * @throws CliError when it is there and is not what the schema says.
 */
export async function readJsonFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = schema.safeParse(parseText(text));
  if (parsed.success) return parsed.data;
  throw new CliError(`${file} is damaged`, {
    cure: `put back a copy from a backup, or move it away: mv ${file} ${file}.damaged`,
    cause: parsed.error,
  });
}

/** Whole or not at all: on disk before it takes the name. */
export async function writeJsonFile(file: string, content: unknown, mode: number): Promise<void> {
  const scratch = `${file}.${process.pid}.new`;
  try {
    await using handle = await open(scratch, 'w', mode);
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
    await rename(scratch, file);
  } catch (error) {
    await rm(scratch, { force: true });
    throw error;
  }
}

function parseText(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}
