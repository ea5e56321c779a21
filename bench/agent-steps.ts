import { parseArgs } from 'node:util';
import { startLlmDouble } from '../tests/doubles/llm/llm-double.ts';
import { beginConversation, say } from '../tests/stack/conversation-actions.ts';
import { LiveClient } from '../tests/stack/live-client.ts';
import { startStack } from '../tests/stack/stack.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, writeText } from '../tests/stack/workspace-actions.ts';
import { summarise } from './statistics.ts';
import { type Interval, startTimedProxy, timeOutside } from './timed-proxy.ts';

/**
 * `node bench/agent-steps.ts [--steps 1000] [--tool read_file]`: what a step costs Podex itself, early and late in one long turn: from a request to the
 * model to the next, without the time in which the model or the workspace was at work. Prints a Markdown table. Needs an engine in
 * PODEX_TEST_DOCKER_SOCKET.
 */
const { values } = parseArgs({
  options: { steps: { type: 'string', default: '1000' }, tool: { type: 'string', multiple: true } },
});
const STEPS = Number(values.steps);
const TURN_TIMEOUT_MS = 3_600_000;
const LINES = Array.from({ length: 2 * STEPS }, (_, line) => `line ${line} of a file that is read in parts`);

const TOOLS = {
  read_file: (step: number) => ({ path: 'lines.txt', offset: step + 1, limit: 10 }),
  write_file: (step: number) => ({
    path: `file-${step}.txt`,
    content: LINES.slice(step, step + 10).join('\n'),
  }),
  run_command: (step: number) => ({ command: `echo ${step}` }),
};

const model = await startLlmDouble({
  script: {
    rules: Object.entries(TOOLS).flatMap(([name, input]) => [
      ...Array.from({ length: STEPS }, (_, step) => ({
        when: { user: name, tool_results: step },
        reply: { parts: [{ type: 'tool_call' as const, name, arguments: input(step) }] },
      })),
      {
        when: { user: name, tool_results: STEPS },
        reply: { parts: [{ type: 'text' as const, text: 'Done.' }] },
      },
    ]),
  },
});
const timedModel = await startTimedProxy(model.url);
const timedWorkspace = await startTimedProxy();
const stack = await startStack({
  dockerSocket: requireTestEngine(),
  modelUrl: `${timedModel.url}/v1`,
  agentEnvironment: {
    AGENT_MAX_STEPS: String(STEPS + 1),
    AGENT_COMPUTE_SERVICE_URL: timedWorkspace.url,
    LOG_LEVEL: 'info',
  },
});
timedWorkspace.target = stack.computeUrl;
try {
  const person = await stack.signUp();
  const workspaceId = await createRunningWorkspace(person, 'bench-steps');
  try {
    await writeText(person, workspaceId, 'lines.txt', LINES.join('\n'));
    console.log('\nMilliseconds of a step besides the model and the workspace.\n');
    console.log(
      '| Tool | Steps | p50 | p95 | p99 | Bytes of events a step |\n| --- | --- | --- | --- | --- | --- |',
    );
    for (const tool of values.tool ?? Object.keys(TOOLS)) await runTurn(workspaceId, tool);
  } finally {
    await deleteWorkspace(person, workspaceId);
  }

  async function runTurn(workspace: string, tool: string): Promise<void> {
    timedModel.intervals.length = 0;
    timedWorkspace.intervals.length = 0;
    const id = await beginConversation(person, workspace, 'auto');
    const live = new LiveClient(stack.apiUrl, person.token, `conversation:${id}`);
    await live.connect();
    await say(person, id, tool);
    await live.waitFor('turn.completed', TURN_TIMEOUT_MS);
    live.leave();
    const bytes = await storedBytes(id);
    const own = ownTimes(timedModel.intervals, timedWorkspace.intervals);
    for (const [from, to] of windows()) {
      const { p50, p95, p99 } = summarise(own.slice(from, to));
      const times = [p50, p95, p99].map((time) => time.toFixed(1)).join(' | ');
      console.log(`| ${tool} | ${from + 1} to ${to} | ${times} | ${Math.round(bytes / STEPS)} |`);
    }
  }
} finally {
  await stack.stop();
  timedModel.stop();
  timedWorkspace.stop();
  await model.stop();
}

/** The first ten steps, the tens before a hundred, the hundred before a thousand. */
function windows(): [number, number][] {
  const all: [number, number][] = [
    [0, 10],
    [90, 100],
    [900, 1000],
  ];
  return all.filter(([, to]) => to <= STEPS);
}

function ownTimes(asked: readonly Interval[], worked: readonly Interval[]): number[] {
  const inOrder = asked.toSorted((one, other) => one.start - other.start);
  return inOrder.slice(1).map(({ start: end }, index) => {
    const step = { start: inOrder[index]?.start ?? end, end };
    return timeOutside(
      step,
      [...asked, ...worked].filter((one) => one.end > step.start && one.start < end),
    );
  });
}

async function storedBytes(conversationId: string): Promise<number> {
  const [row] = await stack.postgres.run(
    `select sum(octet_length(body::text))::integer as bytes from event where topic = 'conversation:${conversationId}'`,
  );
  return Number(row?.bytes);
}
