import path from 'node:path';
import { newId } from '@podex/contracts/ids';
import { createCapabilitySigner } from '@podex/service-kit/capability';
import { KnownFiles } from '../src/tools/known-files.ts';
import type { RunContext, ToolResult } from '../src/tools/tool.ts';
import { prepareCall } from '../src/tools/tools.ts';
import { WorkspaceClient } from '../src/workspace/workspace-client.ts';
import { DaemonGateway } from './daemon-gateway.ts';

const KEY = 'key-of-api-and-compute';

/** Tools run against the real daemon, for one conversation. */
export class ToolRuns implements AsyncDisposable {
  readonly gateway: DaemonGateway;
  /** Of the conversation; a new one has seen nothing. */
  files = new KnownFiles();
  /** What calls have shown while they ran. */
  shown = '';
  readonly #workspace: WorkspaceClient;

  private constructor(gateway: DaemonGateway, workspace: WorkspaceClient) {
    this.gateway = gateway;
    this.#workspace = workspace;
  }

  static async start(): Promise<ToolRuns> {
    const gateway = await DaemonGateway.start(KEY);
    const workspaceId = newId('workspace');
    const capability = await createCapabilitySigner(KEY)({
      kind: 'turn',
      workspace_id: workspaceId,
      turn_id: newId('turn'),
      attempt: 1,
      access: 'write',
    });
    const workspace = new WorkspaceClient({
      baseUrl: gateway.url,
      capability: () => capability,
      onSuperseded: () => undefined,
      workspaceId,
    });
    return new ToolRuns(gateway, workspace);
  }

  context(overrides: Partial<RunContext> = {}): RunContext {
    return {
      workspace: this.#workspace,
      toolCallId: newId('toolCall'),
      files: this.files,
      approvedFile: null,
      signal: new AbortController().signal,
      isResumed: false,
      answer: null,
      isReadOnly: false,
      onOutput: async (text) => {
        this.shown += text;
      },
      ...overrides,
    };
  }

  async run(
    tool: string,
    input: Record<string, unknown>,
    overrides?: Partial<RunContext>,
  ): Promise<ToolResult> {
    const result = await prepareCall(tool, input).execute(this.context(overrides));
    for (const version of result.files ?? []) this.files.add(version);
    return result;
  }

  inHome(name: string): string {
    return path.join(this.gateway.daemon.folders.homePath, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }
}
