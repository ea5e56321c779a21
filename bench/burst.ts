import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createAtOnce, startBurstScene } from '../tests/stack/burst-scene.ts';
import { summarise } from './statistics.ts';

/**
 * `node bench/burst.ts [--count 50] [--kill]`: so many creations at once on three engines, each cold and waited for; with `--kill` one of the
 * engines is killed meanwhile. Prints a row for docs/benchmarks.md. Needs root and what the testbed needs; no page.
 */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '50' }, kill: { type: 'boolean', default: false } },
});
const count = Number(values.count);
const TIMEOUT_MS = 300_000;
const KILL_AFTER_MS = 10_000;

const scene = await startBurstScene({
  directory: mkdtempSync(path.join('/var/tmp', 'podex-burst-')),
  room: count,
});
try {
  const creating = createAtOnce(scene.person, count, TIMEOUT_MS);
  if (values.kill) {
    await new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS));
    await scene.servers[0]?.server.kill();
  }
  const ended = await creating;
  const running = ended.filter(({ status }) => status === 'running');
  const { p50, p95, p99 } = summarise(running.map(({ durationMs }) => durationMs / 1000));
  const name = `Burst of ${count}, three engines${values.kill ? ', one killed meanwhile' : ''} (s)`;
  const times = [p50, p95, p99].map((value) => value.toFixed(1)).join(' / ');
  console.log('| Measure | Podex p50 / p95 / p99 | Success |\n|---|---|---|');
  console.log(`| ${name} | ${times} | ${running.length} of ${count} |`);
  for (const { status, reason } of ended) if (status !== 'running') console.log(`- ${status}: ${reason}`);
} finally {
  await scene.stop();
}
