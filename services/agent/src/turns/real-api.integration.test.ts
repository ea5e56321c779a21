import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DurableEvent } from '@podex/contracts/events';
import { createLogger } from '@podex/service-kit/logger';
import type { RunningService } from '@podex/service-kit/run-service';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LlmDouble, startLlmDouble } from '../../../../tests/doubles/llm/llm-double.ts';
import { ComputeWorker } from '../../../api/testing/compute-worker.ts';
import { setUpApi } from '../../../api/testing/set-up.ts';
import type { TestUser } from '../../../api/testing/test-api.ts';
import { text, toolCall } from '../../testing/agent-setup.ts';
import { DaemonGateway } from '../../testing/daemon-gateway.ts';
import { eventProblems } from '../../testing/event-checks.ts';
import { startAgent } from '../app/app.ts';
import { loadConfig } from '../config.ts';

const getApi = setUpApi();
let gateway: DaemonGateway;
let llm: LlmDouble;
let worker: ComputeWorker;
let person: TestUser;
const agents: RunningService[] = [];

beforeAll(async () => {
  const api = getApi();
  [gateway, llm] = await Promise.all([
    DaemonGateway.start(api.config.compute.keys[0]),
    startLlmDouble({ script: { rules: [] } }),
  ]);
  worker = new ComputeWorker(api, await ComputeWorker.registerServer(api));
  worker.run();
  person = await api.signUp();
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  await worker.stop();
  await Promise.all([gateway[Symbol.asyncDispose](), llm.stop()]);
});

async function startOne(): Promise<RunningService> {
  const config = loadConfig({
    PORT: '0',
    LOG_LEVEL: 'fatal',
    AGENT_API_BASE_URL: getApi().baseUrl,
    AGENT_COMPUTE_SERVICE_URL: gateway.url,
    AGENT_INTERNAL_SERVICE_TOKEN: getApi().config.internalToken,
    OPENAI_BASE_URL: `${llm.url}/v1`,
  });
  const agent = await startAgent(config, createLogger({ service: 'agent', level: config.logLevel }));
  agents.push(agent);
  return agent;
}

async function ask(method: string, url: string, body?: unknown) {
  const answer = await getApi().ask(method, url, { as: person, ...(body === undefined ? {} : { body }) });
  expect(answer.status, `${method} ${url}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
}

async function newConversation(mode: 'ask' | 'auto'): Promise<string> {
  const workspace = await ask('POST', '/api/workspaces', { name: `w-${crypto.randomUUID().slice(0, 8)}` });
  return (await ask('POST', `/api/workspaces/${workspace.id}/conversations`, { mode })).id;
}

/** Everything the conversation has said so far, from its event stream. */
async function eventsOf(conversation: string): Promise<DurableEvent[]> {
  const response = await fetch(`${getApi().baseUrl}/api/conversations/${conversation}/events?after=0`, {
    headers: { authorization: `Bearer ${person.token}` },
  });
  const { last_seq: last } = await ask('GET', `/api/conversations/${conversation}`);
  const events: DurableEvent[] = [];
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += Buffer.from(chunk).toString();
    const frames = rest.split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (data !== undefined) events.push(JSON.parse(data));
    }
    if ((events.at(-1)?.seq ?? 0) >= last) break;
  }
  return events;
}

async function waitForEvent(conversation: string, type: string): Promise<DurableEvent[]> {
  return waitUntil(
    async () => {
      const events = await eventsOf(conversation);
      return events.some((event) => event.type === type) ? events : undefined;
    },
    { timeoutMs: 30_000, everyMs: 50 },
  );
}

describe('against the real api and daemon', () => {
  it('a turn asks, is approved by a person, and does what was approved', async () => {
    await startOne();
    llm.setScript({
      models: ['scripted'],
      rules: [
        {
          when: { tool_results: 0 },
          reply: {
            parts: [
              { type: 'reasoning', text: 'A file is needed.' },
              text('I write it.'),
              toolCall('write_file', { path: 'greeting.txt', content: 'hello\n' }),
              toolCall('run_command', { command: 'cat greeting.txt' }),
            ],
          },
        },
        { when: { tool_results: 2 }, reply: { parts: [text('It says hello.')] } },
      ],
    });
    const conversation = await newConversation('ask');
    await ask('POST', `/api/conversations/${conversation}/messages`, { text: 'greet me' });
    await waitForEvent(conversation, 'turn.waiting');
    const approvals = await ask('GET', '/api/approvals?status=pending');
    expect(approvals.items).toHaveLength(2);
    for (const approval of approvals.items) {
      await ask('POST', `/api/approvals/${approval.id}`, { decision: 'approve' });
    }
    const events = await waitForEvent(conversation, 'turn.completed');
    expect(eventProblems(events)).toEqual([]);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    const ends = events.filter((event) => event.type === 'tool_call.end');
    expect(ends.map((event) => event.status)).toEqual(['completed', 'completed']);
    expect(ends[1]?.output).toMatch(/^hello\n\[exit code 0/);
    const file = path.join(gateway.daemon.folders.homePath, 'greeting.txt');
    expect(await readFile(file, 'utf8')).toBe('hello\n');

    const kept = events.filter((event) => event.type === 'checkpoint.created');
    expect(kept).toHaveLength(1);
    expect(events.indexOf(kept[0] as DurableEvent)).toBeLessThan(events.indexOf(ends[0] as DurableEvent));
    await gateway.daemon.client.send('POST', `/checkpoints/${kept[0]?.checkpoint_id}/restore`, { json: {} });
    await expect(readFile(file, 'utf8')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('a turn goes on elsewhere when its service stops in the middle of a command', async () => {
    const first = agents[0] ?? (await startOne());
    llm.setScript({
      rules: [
        {
          when: { tool_results: 0 },
          reply: { parts: [toolCall('run_command', { command: 'echo x >> once.txt; sleep 2; echo end' })] },
        },
        { when: { tool_results: 1 }, reply: { parts: [text('Done.')] } },
      ],
    });
    const conversation = await newConversation('auto');
    await ask('POST', `/api/conversations/${conversation}/messages`, { text: 'go' });
    await waitForEvent(conversation, 'tool_call.ready');
    await startOne();
    await first.stop();
    const events = await waitForEvent(conversation, 'turn.completed');
    expect(eventProblems(events)).toEqual([]);
    expect(events.filter((event) => event.type === 'turn.started')).toHaveLength(2);
    expect(await readFile(path.join(gateway.daemon.folders.homePath, 'once.txt'), 'utf8')).toBe('x\n');
  });

  it('a turn that is cancelled ends its command', async () => {
    llm.setScript({
      rules: [{ reply: { parts: [toolCall('run_command', { command: 'echo begun; sleep 60' })] } }],
    });
    const conversation = await newConversation('auto');
    const message = await ask('POST', `/api/conversations/${conversation}/messages`, { text: 'wait' });
    await waitForEvent(conversation, 'tool_call.output');
    await ask('POST', `/api/turns/${message.turn_id}/cancel`);
    const events = await waitForEvent(conversation, 'turn.cancelled');
    const end = events.find((event) => event.type === 'tool_call.end');
    expect(end).toMatchObject({
      status: 'cancelled',
      output: expect.stringContaining('begun\n[ended by signal'),
    });
  });
});
