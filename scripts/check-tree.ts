import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Laws of the tree that no other tool holds: no file over 400 lines, no folder or file that names nothing, every path that a
 * document mentions exists, no machine’s own path and no registry’s host in the repository.
 */
const ROOT = path.join(import.meta.dirname, '..');
const MAX_LINES = 400;
const EMPTY_NAMES = /(^|[/-])(utils?|helpers?|common|misc|shared|manager|legacy)([./-]|$)/;
const GENERATED = /(^|\/)generated\/|package-lock\.json$|openapi\.json$/;

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(path.join(ROOT, file)));
const problems: string[] = [];

for (const file of files) {
  if (EMPTY_NAMES.test(file)) problems.push(`${file}: this name says nothing about what is in it`);
  if (GENERATED.test(file) || /\.(png|ico|woff2|svg)$/.test(file)) continue;
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  if (/\.(tsx?|css|sh|cjs)$/.test(file)) checkSize(file, text);
  if (file.endsWith('.md')) checkPaths(file, text);
  checkForeignPaths(file, text);
}

function checkSize(file: string, text: string): void {
  const lines = text.split('\n').length;
  if (lines > MAX_LINES + 1)
    problems.push(`${file}: ${lines} lines, more than ${MAX_LINES}; is it one idea?`);
}

/** Paths in back quotes that begin with a folder of the repository. */
function checkPaths(file: string, text: string): void {
  for (const [, mentioned = ''] of text.matchAll(
    /`((?:apps|services|workspace|packages|tests|bench|deploy|scripts|docs)\/[\w./-]*)`/g,
  )) {
    if (!existsSync(path.join(ROOT, mentioned)))
      problems.push(`${file}: names ${mentioned}, which does not exist`);
  }
}

function checkForeignPaths(file: string, text: string): void {
  if (file === 'scripts/check-tree.ts') return;
  const found = /(^|[\s"'`(=])\/(work|farm|home\/[a-z]+\/(?!dev))[/"'`\s]/m.exec(text);
  if (found && !found[0].includes('/home/dev'))
    problems.push(`${file}: holds a path of one machine: ${found[0].trim()}`);
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
