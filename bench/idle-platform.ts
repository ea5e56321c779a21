import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startStack } from '../tests/stack/stack.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import { processMemoryMb } from './measures.ts';

/**
 * `node bench/idle-platform.ts [--seconds 60]`: the processor time and the memory of all services and PostgreSQL while nobody uses them,
 * with one workspace server connected. Prints Markdown rows for docs/benchmarks.md. Needs what `bench/run.ts` needs.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);
/** What every start leaves to do: checks of the server, first garbage collections. */
const SETTLE_MS = 30_000;
/** USER_HZ, which is 100 on every Linux of ours. */
const TICKS_PER_SECOND = 100;

const stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
try {
  const postmaster = Number(
    readFileSync(path.join(stack.postgres.directory, 'data', 'postmaster.pid'), 'utf8').split('\n')[0],
  );
  const roots = [stack.api, stack.agent, stack.compute, ...(stack.web ? [stack.web] : [])].map(
    ({ name, pid }) => ({ name, pid }),
  );
  const parts = [...roots, { name: 'postgres', pid: postmaster }];
  await pause(SETTLE_MS);
  const before = parts.map(({ pid }) => ticksOf(pid));
  await pause(seconds * 1000);
  const rows = parts.map(({ name, pid }, index) => ({
    name,
    percent: ((ticksOf(pid) - (before[index] ?? 0)) / TICKS_PER_SECOND / seconds) * 100,
    megabytes: familyOf(pid).reduce((sum, member) => sum + processMemoryMb(member), 0),
  }));
  console.log(`| Idle for ${seconds} s | % of a core | MB (PSS) |\n|---|---|---|`);
  for (const row of [...rows, total(rows)]) {
    console.log(`| ${row.name} | ${row.percent.toFixed(2)} | ${row.megabytes.toFixed(0)} |`);
  }
} finally {
  await stack.stop();
}

function total(rows: readonly { percent: number; megabytes: number }[]) {
  return {
    name: 'all',
    percent: rows.reduce((sum, { percent }) => sum + percent, 0),
    megabytes: rows.reduce((sum, { megabytes }) => sum + megabytes, 0),
  };
}

/** A process and all below it. */
function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}

/** utime and stime of a process and all below it, and of what they have waited for (`man 5 proc`, fields 14 to 17). */
function ticksOf(pid: number): number {
  return familyOf(pid).reduce((sum, member) => {
    const fields = readFileSync(`/proc/${member}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return sum + fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0);
  }, 0);
}
