import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import layers from './layers.json' with { type: 'json' };

/**
 * Laws of the tree that no other tool holds: no file over 400 lines, no folder or file that names nothing, every path that a
 * document mentions exists, no machine’s own path and no registry’s host in the repository. URLs are taken apart and put together by the
 * platform’s own URL, and the files of a workspace are reached by the daemon’s `disk.ts`, which knows names that are no UTF-8. The layers of a service
 * (`scripts/layers.json`), its folders and the list in its README are the same.
 */
const ROOT = path.join(import.meta.dirname, '..');
const MAX_LINES = 400;
const EMPTY_NAMES = /(^|[/-])(utils?|helpers?|common|misc|shared|manager|legacy)([./-]|$)/;
/** Words that the field does not use, or that say nothing: docs/glossary.md has the ones that it does. */
const STALE_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\be-mail/i, 'email'],
  [/\bwhoever\b/i, 'the person, the caller, the client'],
  [/\banew\b/i, 'again'],
  [/\bfor ever\b/i, 'without end, until …'],
  [/\bwholly\b/i, 'all, to its end'],
  [/\bno way back\b/i, 'can’t be undone'],
  [/\bdoes not answer\b/i, 'can’t be reached, doesn’t respond'],
];
/** A query that is searched for its signs, and a value that is put into one as it is. */
const URL_BY_HAND =
  /\.(?:split|indexOf|lastIndexOf)\(['"][?&]['"]\)|\.split\(\/\\?[?&]|[?&][\w-]+=\$\{(?!encodeURIComponent\()/;
const TRIES = /\.(test|spec)\.ts$|(^|\/)testing\/|^(tests|bench)\//;
const DISK_FOLDERS = /^workspace\/daemon\/src\/(files|search|watch)\//;
const DISK_MODULES = /\/files\/(disk|open-folder|remove-tree|copy-tree)\.ts$/;
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
  if (/\.(tsx?|md|sh)$/.test(file)) checkWords(file, text);
  if (/\.(test|spec)\.ts$/.test(file)) checkFolders(file, text);
  if (/\.tsx?$/.test(file) && !TRIES.test(file)) {
    checkUrls(file, text);
    checkDisk(file, text);
  }
  checkForeignPaths(file, text);
}

/** What cuts a URL at its second question mark names another file than was asked for. */
function checkUrls(file: string, text: string): void {
  if (file === 'scripts/check-tree.ts') return;
  for (const [index, line] of text.split('\n').entries()) {
    const found = URL_BY_HAND.exec(line)?.[0];
    if (found) problems.push(`${file}:${index + 1}: “${found}”; use URL, URLSearchParams or withQuery`);
  }
}

function checkDisk(file: string, text: string): void {
  if (!DISK_FOLDERS.test(file) || DISK_MODULES.test(file)) return;
  if (/^import (?!type).*from 'node:fs\/promises'/m.test(text))
    problems.push(`${file}: reaches the disk by node:fs/promises; use workspace/daemon/src/files/disk.ts`);
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

function checkWords(file: string, text: string): void {
  if (file === 'scripts/check-tree.ts') return;
  for (const [index, line] of text.split('\n').entries()) {
    for (const [word, better] of STALE_WORDS) {
      const found = word.exec(line)?.[0];
      if (found) problems.push(`${file}:${index + 1}: “${found}”; say: ${better}`);
    }
  }
}

/** What tests make in the folder for temporary files goes with them. */
function checkFolders(file: string, text: string): void {
  if (/\bmkdtemp/.test(text))
    problems.push(`${file}: makes a folder that may stay; use tests/temporary-folder.ts`);
}

function checkForeignPaths(file: string, text: string): void {
  if (file === 'scripts/check-tree.ts') return;
  const found = /(^|[\s"'`(=])\/(work|farm|home\/[a-z]+\/(?!dev))[/"'`\s]/m.exec(text);
  if (found && !found[0].includes('/home/dev'))
    problems.push(`${file}: holds a path of one machine: ${found[0].trim()}`);
}

for (const [root, listed] of Object.entries<string[]>(layers)) {
  if (listed.length > 0) checkLayers(root, listed);
}

/** Every file stands in a listed layer, every listed layer has files, and the README lists the same layers in the same order. */
function checkLayers(root: string, listed: readonly string[]): void {
  const unused = new Set(listed);
  for (const file of files) {
    const folder = path.dirname(path.relative(root, file));
    if (folder.startsWith('..') || folder === '.' || folder === 'testing') continue;
    const layer = listed
      .filter((name) => folder === name || folder.startsWith(`${name}/`))
      .toSorted((one, other) => other.length - one.length)[0];
    if (layer === undefined) problems.push(`${file}: scripts/layers.json does not list its folder`);
    else unused.delete(layer);
  }
  for (const layer of unused)
    problems.push(`scripts/layers.json: ${root} has no files in ${layer}; remove it from the list`);
  const readme = path.join(path.dirname(root), 'README.md');
  const section = /^## Layers\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(
    readFileSync(path.join(ROOT, readme), 'utf8'),
  )?.[1];
  const told = [...(section ?? '').matchAll(/^- `([\w/-]+)\/`/gm)].map(([, name = '']) => name);
  if (told.join() !== listed.join())
    problems.push(
      `${readme}: "## Layers" lists ${told.join(', ') || 'nothing'}; scripts/layers.json lists ${listed.join(', ')}`,
    );
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
