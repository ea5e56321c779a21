import { execa } from 'execa';

/** Characters of base64 that a value shares with its neighbours at either end. */
const EDGE = 3;

/** How a value can stand somewhere: as it is, in hexadecimal, in base64 at whatever offset. */
export function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const encoded = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const inner = text.slice(offset === 0 ? 0 : EDGE + 1, -EDGE);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [...new Set([value, bytes.toString('hex'), ...encoded])];
}

/** The values that stand in a text in any form. */
export function findIn(text: string, values: readonly string[]): string[] {
  return values.filter((value) => formsOf(value).some((form) => text.includes(form)));
}

/** The files below these folders that hold one of the values in any form. */
export async function findInFiles(folders: readonly string[], values: readonly string[]): Promise<string[]> {
  const patterns = values.flatMap(formsOf).join('\n');
  const found = await execa('grep', ['-rlaF', '--devices=skip', '-f', '-', ...folders], {
    input: patterns,
    reject: false,
  });
  return found.stdout.split('\n').filter((line) => line !== '');
}
