import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { DEFAULT_SETTINGS, type PlacementStrategy } from '@podex/contracts/settings';
import { pause } from '@podex/service-kit/waiting';
import { placementServer } from '../services/compute/src/placement/placement-server.ts';
import { Placer } from '../services/compute/src/placement/placer.ts';
import { taskOf } from '../services/compute/testing/builders.ts';
import { ComputeBeside } from './fleet/compute-beside.ts';
import { type Summary, summarise } from './statistics.ts';

/**
 * `node bench/fleet.ts [--quick]`: measures what compute alone does for a large fleet, whose engines and api are doubles in a process of
 * their own, and prints Markdown for docs/benchmarks.md. Needs no Docker.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

const LARGE = { servers: 1_000, workspacesEach: 50 };
const BUSY = { servers: 10, workspacesEach: 50 };
const PLACEMENTS = values.quick ? 500 : 5_000;
const WATCH_MS = values.quick ? 30_000 : 120_000;
/** What starting leaves behind is over by then. */
const SETTLE_MS = 5_000;
const MINUTE_MS = 60_000;
const GOAL_P99_MS = 1;

const rows: string[] = [];
const figures: string[] = [];

await measurePlacement();
await measureWatch();

console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}, Node ${process.version}\n`,
);
console.log('| Measure | p50 / p95 / p99 | Success |\n|---|---|---|');
console.log(`${rows.join('\n')}\n\n${figures.map((figure) => `- ${figure}`).join('\n')}`);

async function measurePlacement(): Promise<void> {
  const compute = await ComputeBeside.start(LARGE.servers, LARGE.workspacesEach);
  const { registry } = compute;
  const workspaces = registry.list().reduce((sum, { record }) => sum + record.workspaces, 0);
  try {
    const name = `Placement at ${LARGE.servers.toLocaleString('en')} servers and ${workspaces.toLocaleString('en')} workspaces`;
    for (const strategy of ['spread', 'pack'] as const) {
      const times = await timePlacements(registry, strategy);
      rows.push(
        `| ${name}, ${strategy} (ms) | ${line(times)} | ${times.count - times.failed} of ${times.count} |`,
      );
      figures.push(
        `p99 of placement (${strategy}): ${times.p99.toFixed(3)} ms; goal at most ${GOAL_P99_MS} ms: ${times.p99 <= GOAL_P99_MS ? 'met' : 'missed'}`,
      );
    }
  } finally {
    await compute.stop();
  }
}

/** compute’s own part of it, heartbeats and listings of the whole fleet in between: api’s reservation is made at once. */
async function timePlacements(
  registry: ComputeBeside['registry'],
  strategy: PlacementStrategy,
): Promise<Summary> {
  const known = { settings: DEFAULT_SETTINGS, hasImage: () => false };
  const placer = new Placer({
    api: { reserve: () => Promise.resolve() },
    servers: () => registry.list().map((server) => placementServer(server, known)),
    settings: () => ({ placement_strategy: strategy }),
    refresh: () => registry.refresh(),
    snapshotAtMs: () => registry.snapshotAtMs,
    architectureOf: () => 'amd64',
    maxWorkspaces: 100_000,
  });
  const times: number[] = [];
  let failed = 0;
  for (let done = 0; done < PLACEMENTS; done += 1) {
    const startedAt = performance.now();
    try {
      await placer.place(taskOf(), 'podex/workspace:latest');
      times.push(performance.now() - startedAt);
    } catch {
      failed += 1;
    }
    // What else compute does gets its turn, and is not measured with it.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return summarise(times, failed);
}

async function measureWatch(): Promise<void> {
  const compute = await ComputeBeside.start(BUSY.servers, BUSY.workspacesEach);
  try {
    await pause(SETTLE_MS, AbortSignal.timeout(SETTLE_MS * 2));
    const before = new Map(compute.calls);
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    await pause(WATCH_MS, AbortSignal.timeout(WATCH_MS * 2));
    const minutes = (performance.now() - startedAt) / MINUTE_MS;
    const { user, system } = process.cpuUsage(cpuBefore);
    const perMinute = [...compute.calls]
      .map(([call, count]) => [call, (count - (before.get(call) ?? 0)) / minutes] as const)
      .filter(([, count]) => count > 0);
    const total = perMinute.reduce((sum, [, count]) => sum + count, 0);
    const cpuMs = (user + system) / 1_000 / minutes;
    figures.push(
      `Watch over ${compute.index.count('running')} running workspaces on ${BUSY.servers} servers, each minute: ${total.toFixed(0)} engine calls ` +
        `(${perMinute.map(([call, count]) => `${call} ${count.toFixed(0)}`).join(', ')}), ${cpuMs.toFixed(0)} ms of a core ` +
        `(${((cpuMs / MINUTE_MS) * 100).toFixed(2)} %). Without the questions to the daemons.`,
    );
  } finally {
    await compute.stop();
  }
}

function line({ p50, p95, p99 }: Summary): string {
  return [p50, p95, p99].map((value) => value.toFixed(3)).join(' / ');
}
