import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { newId } from '@podex/contracts/ids';
import { createLogger } from '@podex/service-kit/logger';
import type { RunningService } from '@podex/service-kit/run-service';
import { type LlmDouble, type ScriptInput, startLlmDouble } from '../../../tests/doubles/llm/llm-double.ts';
import { startAgent } from '../src/app/app.ts';
import { loadConfig } from '../src/config.ts';
import type { ConversationRecord, TurnRecord } from './turn-records.ts';
import { INTERNAL_TOKEN, TurnsApiDouble } from './turns-api-double.ts';
import { WorkspaceDouble } from './workspace-double.ts';

type Rules = ScriptInput['rules'];

/** Doubles of everything around agent, and agents between them: in this process, or as processes that can be killed. */
export class AgentSetup implements AsyncDisposable {
  readonly api: TurnsApiDouble;
  readonly workspace: WorkspaceDouble;
  readonly llm: LlmDouble;
  readonly #agents: RunningService[] = [];
  readonly #processes: ChildProcess[] = [];

  private constructor(api: TurnsApiDouble, workspace: WorkspaceDouble, llm: LlmDouble) {
    this.api = api;
    this.workspace = workspace;
    this.llm = llm;
  }

  static async start(rules: Rules): Promise<AgentSetup> {
    const [api, workspace, llm] = await Promise.all([
      TurnsApiDouble.start(),
      WorkspaceDouble.start(),
      startLlmDouble({ script: { rules } }),
    ]);
    return new AgentSetup(api, workspace, llm);
  }

  environment(overrides: Record<string, string> = {}): Record<string, string> {
    return {
      ENVIRONMENT: 'test',
      PORT: '0',
      LOG_LEVEL: 'fatal',
      AGENT_API_BASE_URL: this.api.url,
      AGENT_COMPUTE_SERVICE_URL: this.workspace.url,
      AGENT_INTERNAL_SERVICE_TOKEN: INTERNAL_TOKEN,
      OPENAI_BASE_URL: `${this.llm.url}/v1`,
      DEFAULT_MODEL: 'openai/scripted',
      ...overrides,
    };
  }

  async startAgent(overrides: Record<string, string> = {}): Promise<RunningService> {
    const config = loadConfig(this.environment(overrides));
    const agent = await startAgent(config, createLogger({ service: 'agent', level: config.logLevel }));
    this.#agents.push(agent);
    return agent;
  }

  /** A process of its own, which the test may kill. */
  startProcess(overrides: Record<string, string> = {}): ChildProcess {
    const main = path.join(import.meta.dirname, '../src/main.ts');
    const child = spawn(process.execPath, [main], {
      env: this.environment(overrides),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#processes.push(child);
    return child;
  }

  conversation(
    options: Partial<Pick<ConversationRecord, 'mode' | 'model' | 'reasoningEffort'>> = {},
  ): ConversationRecord {
    return this.api.addConversation({ workspaceId: newId('workspace'), ...options });
  }

  /** A message in a conversation of its own. */
  send(
    text: string,
    options: Partial<Pick<ConversationRecord, 'mode' | 'model' | 'reasoningEffort'>> = {},
  ): TurnRecord {
    return this.api.send(this.conversation(options), text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    await Promise.all(this.#agents.map((agent) => agent.stop()));
    await Promise.all([this.api.stop(), this.workspace.stop(), this.llm.stop()]);
  }
}

export function toolCall(name: string, args: Record<string, unknown> | string) {
  return { type: 'tool_call' as const, name, arguments: args };
}

export function text(content: string) {
  return { type: 'text' as const, text: content };
}
