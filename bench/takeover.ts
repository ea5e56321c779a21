import { parseArgs } from 'node:util';
import { type LlmDouble, startLlmDouble } from '../tests/doubles/llm/llm-double.ts';
import { beginConversation, say } from '../tests/stack/conversation-actions.ts';
import { LiveClient } from '../tests/stack/live-client.ts';
import type { ServiceProcess } from '../tests/stack/service-process.ts';
import { type Stack, startStack } from '../tests/stack/stack.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace } from '../tests/stack/workspace-actions.ts';
import { summarise } from './statistics.ts';

/**
 * `node bench/takeover.ts [--rounds 50]`: how long a turn stands still when its worker goes, from the signal to the `turn.started` that a
 * client sees of the next attempt. Prints a Markdown table for docs/benchmarks.md. Needs PODEX_TEST_DOCKER_SOCKET; no page.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' } } });
const rounds = Number(values.rounds);
const TAKEN_WITHIN_MS = 30_000;
/** A response that lasts longer than any takeover. */
const WORDS = 3000;
const WORD_EVERY_MS = 50;

const model: LlmDouble = await startLlmDouble({
  script: {
    rules: [
      {
        reply: {
          parts: [{ type: 'text', text: 'and so on '.repeat(WORDS / 3) }],
          chunk_delay_ms: WORD_EVERY_MS,
        },
      },
    ],
  },
});
const stack: Stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1` });

/** Both agents; the first one works on the turn, or is alone. */
interface Workers {
  holder: ServiceProcess;
  other: ServiceProcess;
}

const CASES: { name: string; isOtherThere: boolean; leave(workers: Workers): Promise<void> }[] = [
  {
    name: 'SIGKILL of the agent to the next attempt, by another worker (ms)',
    isOtherThere: true,
    leave: ({ holder }) => holder.kill(),
  },
  {
    name: 'SIGKILL of the agent to the next attempt, by a worker that is started at once (ms)',
    isOtherThere: false,
    async leave({ holder }) {
      await holder.kill();
      await holder.launch();
    },
  },
  {
    name: 'SIGTERM of the agent to the next attempt, by another worker (ms)',
    isOtherThere: true,
    leave: ({ holder }) => holder.stop(),
  },
];

try {
  const person = await stack.signUp();
  const workspaceId = await createRunningWorkspace(person, 'takeover');
  let workers: Workers = { holder: stack.agent, other: await stack.startAnotherAgent() };
  await workers.other.stop();
  console.log('| Measure | Podex p50 / p95 / p99 | Success |\n|---|---|---|');
  for (const { name, isOtherThere, leave } of CASES) {
    const samples: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const id = await beginConversation(person, workspaceId, 'auto');
      const live = new LiveClient(stack.apiUrl, person.token, `conversation:${id}`);
      await live.connect();
      const turnId = await say(person, id, 'go on');
      await live.waitFor('text.delta');
      if (isOtherThere) await workers.other.start();
      const leftAt = performance.now();
      const leaving = leave(workers);
      const isNext = (event: { type: string; attempt?: unknown }) => event.attempt === 2;
      await live.waitFor('turn.started', TAKEN_WITHIN_MS, isNext).then(
        () => samples.push(performance.now() - leftAt),
        (error: unknown) => console.error(error),
      );
      await leaving;
      await person.client.POST('/api/turns/{turn_id}/cancel', { params: { path: { turn_id: turnId } } });
      await live.waitFor('turn.cancelled', TAKEN_WITHIN_MS);
      live.leave();
      if (isOtherThere) workers = { holder: workers.other, other: workers.holder };
    }
    const { p50, p95, p99, count } = summarise(samples);
    const times = [p50, p95, p99].map((value) => value.toFixed(0)).join(' / ');
    console.log(`| ${name} | ${times} | ${count} of ${rounds} |`);
  }
  await deleteWorkspace(person, workspaceId);
} finally {
  await stack.stop();
  await model.stop();
}
