import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { startLlmDouble } from '../tests/doubles/llm/llm-double.ts';
import { startStack } from '../tests/stack/stack.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace } from '../tests/stack/workspace-actions.ts';
import {
  coldCreate,
  commandRoundTrip,
  keyEcho,
  pageScriptKilobytes,
  poolIsFull,
  processMemoryMb,
  type Subject,
  timePerToolStep,
  warmClaim,
} from './measures.ts';
import { RawDocker } from './raw-docker.ts';
import { idleSlot, thaw } from './rest-measures.ts';
import { resume } from './resume.ts';
import type { Measured, Summary } from './statistics.ts';

/**
 * `node bench/run.ts [--quick]`: measures the skeleton against the raw limit in one run and prints a Markdown table for
 * docs/benchmarks.md. Needs PODEX_TEST_DOCKER_SOCKET (an engine with runsc and the workspace image) and a built page.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const scale = values.quick ? 0.2 : 1;
const rounds = (full: number) => Math.max(3, Math.round(full * scale));
const STEPS = 20;
const IDLE_SECONDS = 40;
const IMAGE = 'podex/workspace:latest';

const model = await startLlmDouble({
  script: {
    rules: [
      ...Array.from({ length: STEPS - 1 }, (_, step) => ({
        when: { user: 'read again', tool_results: step },
        reply: {
          parts: [
            { type: 'tool_call' as const, name: 'read_file', arguments: { path: `bench-${step}.txt` } },
          ],
        },
      })),
      {
        when: { user: 'read again', tool_results: STEPS - 1 },
        reply: { parts: [{ type: 'text' as const, text: 'Done.' }] },
      },
    ],
  },
});
const socket = requireTestEngine();
const stack = await startStack({ dockerSocket: socket, modelUrl: `${model.url}/v1`, web: true });
const docker = new RawDocker(socket);
const rawContainer = `podex-bench-${process.pid}`;

try {
  const person = await stack.signUp();
  const workspaceId = await createRunningWorkspace(person, 'bench');
  await docker.run([
    'run',
    '--detach',
    '--rm',
    '--runtime=runsc',
    '--init',
    '--name',
    rawContainer,
    IMAGE,
    'sleep',
    'infinity',
  ]);
  const subject: Subject = { stack, person, docker, image: IMAGE, workspaceId, rawContainer };
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}\n`,
  );
  console.log(
    '| Measure | Podex p50 / p95 / p99 | Raw p50 / p95 / p99 | Ratio p50 | Success |\n|---|---|---|---|---|',
  );
  printMeasured(
    'Cold create to first command, against `docker run --runtime=runsc` (ms)',
    await coldCreate(subject, rounds(15)),
  );
  await stack.admin.client.PATCH('/api/admin/settings', { body: { warm_pool_size: 2 } });
  await poolIsFull(stack);
  printMeasured(
    'Warm claim to first command, against `docker exec` (ms)',
    await warmClaim(subject, rounds(200)),
  );
  const idle = await idleSlot(subject, IDLE_SECONDS);
  console.log(
    `| Idle slot, against an idle container under runsc (% of a core over ${IDLE_SECONDS} s) | ${idle.ours.toFixed(2)} | ${idle.raw.toFixed(2)} | ${(idle.ours / idle.raw).toFixed(2)} | |`,
  );
  await stack.admin.client.PATCH('/api/admin/settings', { body: { warm_pool_size: 0 } });
  await poolIsFull(stack);
  printMeasured(
    'Stopped workspace to first command, against `docker start` and `docker exec` (ms)',
    await resume(subject, rounds(15)),
  );
  printMeasured(
    'Command round trip, against `docker exec` (ms)',
    await commandRoundTrip(subject, rounds(100)),
  );
  printMeasured('Resume of a paused workspace, against `docker exec` (ms)', await thaw(subject, rounds(100)));
  printMeasured('Key echo, against a raw TTY exec (ms)', await keyEcho(subject, rounds(500)));
  printAlone(
    'Own time per tool step, with a model that answers at once (ms)',
    await timePerToolStep(subject, STEPS, rounds(8)),
  );
  console.log('');
  for (const service of [stack.api, stack.agent, stack.compute, ...(stack.web ? [stack.web] : [])]) {
    console.log(`- ${service.name}: ${processMemoryMb(service.pid).toFixed(0)} MB (PSS)`);
  }
  console.log(
    `- first-load JavaScript, compressed: sign-in ${(await pageScriptKilobytes(stack.webUrl, '/sign-in')).toFixed(0)} KB, ` +
      `workspaces ${(await pageScriptKilobytes(stack.webUrl, '/')).toFixed(0)} KB`,
  );
  await deleteWorkspace(person, workspaceId);
} finally {
  await docker.run(['rm', '--force', rawContainer]).catch((error: unknown) => console.error(error));
  await stack.stop();
  await model.stop();
}

function line({ p50, p95, p99 }: Summary): string {
  return [p50, p95, p99].map((value) => value.toFixed(value < 10 ? 2 : 0)).join(' / ');
}

function printMeasured(name: string, { ours, raw }: Measured): void {
  const success = `${ours.count - ours.failed} of ${ours.count}`;
  console.log(`| ${name} | ${line(ours)} | ${line(raw)} | ${(ours.p50 / raw.p50).toFixed(2)} | ${success} |`);
}

function printAlone(name: string, summary: Summary): void {
  console.log(`| ${name} | ${line(summary)} | | | ${summary.count - summary.failed} of ${summary.count} |`);
}
