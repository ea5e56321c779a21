import { parseArgs } from 'node:util';
import { SEARCH_STREAM_TYPE, searchEvent } from '@podex/contracts/files';
import type { Person } from '../tests/stack/person.ts';
import { responseLines } from '../tests/stack/response-lines.ts';
import { startStack } from '../tests/stack/stack.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd } from '../tests/stack/workspace-actions.ts';
import { type Summary, summarise } from './statistics.ts';

/**
 * `node bench/search.ts [--quick]`: a search over 20,000 files in a workspace under gVisor, through api, against plain ripgrep started
 * by a shell in the same sandbox; and names by their letters. Prints a Markdown table. Needs an engine in PODEX_TEST_DOCKER_SOCKET.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const FILES = values.quick ? 2_000 : 20_000;
const ROUNDS = values.quick ? 3 : 15;
const FOLDERS = 200;
/** One file of a hundred has it. */
const NEEDLE = 'needle_of_the_bench';

const stack = await startStack({ dockerSocket: requireTestEngine() });
try {
  const person = await stack.signUp();
  const id = await createRunningWorkspace(person, 'bench-search');
  try {
    await runToEnd(person, id, makeFiles());
    await print(person, id);
  } finally {
    await deleteWorkspace(person, id);
  }
} finally {
  await stack.stop();
}

function makeFiles(): string {
  const perFolder = FILES / FOLDERS;
  return `for d in $(seq ${FOLDERS}); do mkdir -p src/part-$d; for f in $(seq ${perFolder}); do
    echo "export const value = $d;" > src/part-$d/moduleFile$f.ts; done; echo ${NEEDLE} >> src/part-$d/moduleFile1.ts; done`;
}

async function print(person: Person, id: string): Promise<void> {
  const raw = { first: [] as number[], last: [] as number[] };
  const ours = { first: [] as number[], last: [] as number[] };
  const names: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    raw.first.push(await millisecondsOf(person, id, `rg --hidden --line-buffered ${NEEDLE} src | head -n 1`));
    raw.last.push(await millisecondsOf(person, id, `rg --hidden ${NEEDLE} src`));
    const { first, last } = await search(person, id, { q: NEEDLE });
    ours.first.push(first);
    ours.last.push(last);
    // As a person types: the list of names is made by the first key.
    names.push((await search(person, id, { q: `prt${round}mdfl`, mode: 'name' })).last);
  }
  console.log(`\n${FILES} files, ${FOLDERS} with a match, ${ROUNDS} rounds, milliseconds.\n`);
  console.log('| | p50 | p95 |\n| --- | --- | --- |');
  row('First match, through api', summarise(ours.first));
  row('First match, ripgrep in the sandbox', summarise(raw.first));
  row('Last match, through api', summarise(ours.last));
  row('Last match, ripgrep in the sandbox', summarise(raw.last));
  row('Names by letters, through api', summarise(names));
}

function row(name: string, { p50, p95 }: Summary): void {
  console.log(`| ${name} | ${p50.toFixed(0)} | ${p95.toFixed(0)} |`);
}

/** Measured by the shell that starts it. */
async function millisecondsOf(person: Person, id: string, command: string): Promise<number> {
  const timed = `a=$EPOCHREALTIME; ${command} > /dev/null; b=$EPOCHREALTIME; echo $(( (\${b/./} - \${a/./}) ))`;
  const { output } = await runToEnd(person, id, timed);
  return Number(output.trim()) / 1_000;
}

async function search(person: Person, id: string, parameters: Record<string, string>) {
  const search = new URLSearchParams({ ...parameters, limit: '1000' });
  const began = performance.now();
  const response = await fetch(`${stack.apiUrl}/api/workspaces/${id}/search?${search}`, {
    headers: { authorization: `Bearer ${person.token}`, accept: SEARCH_STREAM_TYPE },
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  let first = Number.NaN;
  for await (const line of responseLines(response)) {
    const event = searchEvent.parse(JSON.parse(line));
    if (event.type === 'match' && Number.isNaN(first)) first = performance.now() - began;
  }
  return { first, last: performance.now() - began };
}
