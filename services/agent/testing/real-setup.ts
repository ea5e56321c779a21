import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DurableEvent } from '@podex/contracts/events';
import { createLogger } from '@podex/service-kit/logger';
import type { RunningService } from '@podex/service-kit/run-service';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll } from 'vitest';
import { type LlmDouble, startLlmDouble } from '../../../tests/doubles/llm/llm-double.ts';
import { ComputeWorker } from '../../api/testing/compute-worker.ts';
import { setUpApi } from '../../api/testing/set-up.ts';
import { COMPUTE_KEY, type TestApi, type TestUser } from '../../api/testing/test-api.ts';
import { startAgent } from '../src/app/app.ts';
import { loadConfig } from '../src/config.ts';
import { DaemonGateway } from './daemon-gateway.ts';

/** The real api and daemon, a scripted model, and agents between them: in this process, or as processes that can be killed. */
export class RealSetup implements AsyncDisposable {
  readonly llm: LlmDouble;
  readonly gateway: DaemonGateway;
  readonly agents: RunningService[] = [];
  readonly api: TestApi;
  readonly person: TestUser;
  readonly #compute: ComputeWorker;
  readonly #processes: ChildProcess[] = [];

  private constructor(
    api: TestApi,
    parts: { llm: LlmDouble; gateway: DaemonGateway; compute: ComputeWorker; person: TestUser },
  ) {
    this.api = api;
    this.llm = parts.llm;
    this.gateway = parts.gateway;
    this.#compute = parts.compute;
    this.person = parts.person;
  }

  static async start(api: TestApi, gateway: DaemonGateway): Promise<RealSetup> {
    const llm = await startLlmDouble({ script: { rules: [] } });
    const compute = new ComputeWorker(api, await ComputeWorker.registerServer(api));
    compute.run();
    return new RealSetup(api, { llm, gateway, compute, person: await api.signUp() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.killProcesses(), ...this.agents.map((agent) => agent.stop())]);
    await this.#compute.stop();
    await Promise.all([this.gateway[Symbol.asyncDispose](), this.llm.stop()]);
  }

  #environment(): Record<string, string> {
    return {
      PORT: '0',
      LOG_LEVEL: 'fatal',
      AGENT_API_BASE_URL: this.api.baseUrl,
      AGENT_COMPUTE_SERVICE_URL: this.gateway.url,
      AGENT_INTERNAL_SERVICE_TOKEN: this.api.config.internalToken,
      OPENAI_BASE_URL: `${this.llm.url}/v1`,
    };
  }

  async startAgent(): Promise<RunningService> {
    const config = loadConfig(this.#environment());
    const agent = await startAgent(config, createLogger({ service: 'agent', level: config.logLevel }));
    this.agents.push(agent);
    return agent;
  }

  /** A process of its own, which the test may kill or freeze. */
  startProcess(): ChildProcess {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, '../src/main.ts')], {
      env: this.#environment(),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#processes.push(child);
    return child;
  }

  async killProcesses(): Promise<void> {
    await Promise.all(this.#processes.splice(0).map(kill));
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of api are looked into, as in the tests of api.
  async ask(method: string, url: string, body?: unknown): Promise<any> {
    const answer = await this.api.ask(method, url, {
      as: this.person,
      ...(body === undefined ? {} : { body }),
    });
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${url}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  async newConversation(mode: 'ask' | 'auto'): Promise<string> {
    const name = `w-${crypto.randomUUID().slice(0, 8)}`;
    const workspace = await this.ask('POST', '/api/workspaces', { name });
    return (await this.ask('POST', `/api/workspaces/${workspace.id}/conversations`, { mode })).id;
  }

  /** Everything the conversation has said so far, from its event stream. */
  async eventsOf(conversation: string): Promise<DurableEvent[]> {
    const { last_seq: last } = await this.ask('GET', `/api/conversations/${conversation}`);
    if (last === 0) return [];
    const response = await fetch(`${this.api.baseUrl}/api/conversations/${conversation}/events?after=0`, {
      headers: { authorization: `Bearer ${this.person.token}` },
    });
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

  /** Until `count` events of the type are there. */
  async waitForEvent(conversation: string, type: string, count = 1): Promise<DurableEvent[]> {
    return waitUntil(
      async () => {
        const events = await this.eventsOf(conversation);
        return events.filter((event) => event.type === type).length >= count ? events : undefined;
      },
      { timeoutMs: 30_000, everyMs: 50 },
    );
  }

  /** For commands that wait until it is there. */
  async writeFile(name: string): Promise<void> {
    await writeFile(path.join(this.gateway.daemon.folders.homePath, name), '');
  }

  waitForFile(name: string): Promise<string> {
    return waitUntil(() => this.readFile(name).catch(() => undefined), { timeoutMs: 30_000, everyMs: 20 });
  }

  /** A file in the home directory of the workspaces, which share the one daemon. */
  readFile(name: string): Promise<string> {
    return readFile(path.join(this.gateway.daemon.folders.homePath, name), 'utf8');
  }
}

/** For the tests of a file. */
export function setUpReal(): () => RealSetup {
  let gateway: DaemonGateway | undefined;
  let setup: RealSetup | undefined;
  const api = setUpApi(async () => {
    gateway = await DaemonGateway.start(COMPUTE_KEY);
    return { computeUrl: gateway.url };
  });
  beforeAll(async () => {
    if (gateway !== undefined) setup = await RealSetup.start(api(), gateway);
  });
  afterAll(() => setup?.[Symbol.asyncDispose]());
  return () => {
    if (setup === undefined) throw new Error('it is started by beforeAll');
    return setup;
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
