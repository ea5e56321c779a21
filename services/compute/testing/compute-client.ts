import { type Command, command, type RunCommandInput } from '@podex/contracts/commands';
import { newId, type WorkspaceId } from '@podex/contracts/ids';
import { createCapabilitySigner } from '@podex/service-kit/capability';
import type { z } from 'zod';

export const METRICS_TOKEN = 'metrics-token-of-the-tests-of-compute';
export const INTERNAL_KEY = 'internal-key-of-the-tests-of-compute';

const sign = createCapabilitySigner(INTERNAL_KEY);

/** What opens one workspace to the worker of a turn. */
export function capabilityFor(id: WorkspaceId): Promise<string> {
  return sign({ kind: 'turn', workspace_id: id, turn_id: newId('turn'), attempt: 1, access: 'write' });
}

/** Calls compute as api and agent do. */
export class ComputeClient {
  readonly baseUrl: string;

  constructor(port: number) {
    this.baseUrl = `http://127.0.0.1:${port}`;
  }

  ask(
    path: string,
    {
      authorization = `Bearer ${INTERNAL_KEY}`,
      ...init
    }: {
      method?: string;
      body?: string;
      authorization?: string;
    } = {},
  ): Promise<Response> {
    const headers = { authorization, 'content-type': 'application/json' };
    return fetch(`${this.baseUrl}${path}`, { ...init, headers });
  }

  metrics(): Promise<Response> {
    return fetch(`${this.baseUrl}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
  }

  async inside(
    id: WorkspaceId,
    path: string,
    init: { method?: string; body?: string } = {},
  ): Promise<Response> {
    const headers = {
      authorization: `Bearer ${await capabilityFor(id)}`,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    return fetch(`${this.baseUrl}/workspaces/${id}${path}`, { ...init, headers });
  }

  /** Runs a shell command to its end and gives what it wrote. */
  async run(id: WorkspaceId, line: string): Promise<string> {
    const ended = await this.command(id, newId('command'), { command: line, background: false });
    if (ended.status !== 'exited') throw new Error(`${line}: ${ended.status}`);
    return ended.output;
  }

  async command(id: WorkspaceId, commandId: string, input: RunCommandInput): Promise<Command> {
    const body = JSON.stringify(input);
    return this.#parse(
      command,
      await this.inside(id, `/commands/${commandId}?wait_ms=60000`, { method: 'PUT', body }),
    );
  }

  async #parse<Schema extends z.ZodType>(schema: Schema, response: Response): Promise<z.output<Schema>> {
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status}: ${text}`);
    return schema.parse(JSON.parse(text));
  }
}
