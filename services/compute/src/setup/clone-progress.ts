const STEP =
  /(Receiving objects|Resolving deltas|Updating files|Counting objects|Compressing objects):\s+(\d{1,3})% \(/g;

const WORDS: Readonly<Record<string, string>> = {
  'Receiving objects': 'Receiving',
  'Resolving deltas': 'Unpacking',
  'Updating files': 'Writing files',
  'Counting objects': 'The server is counting',
  'Compressing objects': 'The server is compressing',
};

/** How far a clone is, from the last that git has written of it; undefined before it has begun. */
export function cloneProgress(output: string): string | undefined {
  const last = [...output.matchAll(STEP)].at(-1);
  if (last === undefined) return undefined;
  const [, step = '', percent = '0'] = last;
  return `${WORDS[step]}: ${percent} %`;
}
