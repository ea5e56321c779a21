import type { ApprovalPreview } from '@podex/contracts/conversations';
import type { WorkerEvent } from '@podex/contracts/events';
import { type ApprovalId, newId, type ToolCallId } from '@podex/contracts/ids';
import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import type { Answer, TestApi } from './test-api.ts';

/** Plays a worker of agent over the internal protocol, one call at a time. */
export class AgentWorker {
  readonly #api: TestApi;

  readonly id: string;

  constructor(api: TestApi, id = 'worker') {
    this.#api = api;
    this.id = id;
  }

  /** Holds the connection that says it lives, until the signal. */
  async attend(signal: AbortSignal): Promise<void> {
    await fetch(`${this.#api.baseUrl}/internal/turns/presence`, {
      method: 'POST',
      signal,
      headers: {
        authorization: `Bearer ${this.#api.config.internalToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ worker_id: this.id, wait_ms: 30_000 }),
    });
  }

  /** @throws when there is no turn. */
  async claim(waitMs = 0): Promise<ClaimedTurn> {
    const turn = await this.tryClaim(waitMs);
    if (turn === null) throw new Error('no turn to claim');
    return turn;
  }

  /** Claims and reads the context, as a worker does before its first step. */
  async tryClaim(waitMs = 0): Promise<ClaimedTurn | null> {
    const body = { worker_id: this.id, wait_ms: waitMs };
    const { turn } = (await this.#api.internal('POST', '/internal/turns/claim', body)).body;
    if (turn !== null) await this.context(turn);
    return turn;
  }

  async context(turn: ClaimedTurn): Promise<Answer['body']> {
    return (await this.askContext(turn)).body;
  }

  async askContext(turn: ClaimedTurn): Promise<Answer> {
    const body = { lease_token: turn.lease_token };
    return this.#api.internal('POST', `/internal/turns/${turn.turn_id}/context`, body);
  }

  async renew(turn: ClaimedTurn): Promise<Answer> {
    const body = { lease_token: turn.lease_token };
    return this.#api.internal('POST', `/internal/turns/${turn.turn_id}/renew`, body);
  }

  async release(turn: ClaimedTurn, status: string, more: object = {}): Promise<Answer> {
    const body = { lease_token: turn.lease_token, status, ...more };
    return this.#api.internal('POST', `/internal/turns/${turn.turn_id}/release`, body);
  }

  async append(turn: ClaimedTurn, batch: object): Promise<Answer> {
    const body = { lease_token: turn.lease_token, ...batch };
    return this.#api.internal('POST', `/internal/turns/${turn.turn_id}/events`, body);
  }

  /** A step that calls one tool, up to the answer of the model. */
  async startToolStep(turn: ClaimedTurn, index = 0): Promise<{ stepId: string; toolCallId: ToolCallId }> {
    const toolCallId = newId('toolCall');
    const stepId = newId('step');
    const inStep = { turn_id: turn.turn_id, step_id: stepId };
    const input = { zebra: 'first', command: 'ls' };
    await this.append(turn, {
      step_id: stepId,
      step_index: index,
      first_index: 0,
      events: [
        { type: 'step.started', ...inStep, step_index: index, model: 'test/model' },
        {
          type: 'tool_call.ready',
          ...inStep,
          tool_call_id: toolCallId,
          tool: 'run_command',
          input,
          summary: 'ls',
        },
      ] satisfies WorkerEvent[],
      assistant: [{ type: 'tool_call', tool_call_id: toolCallId, tool: 'run_command', input }],
    });
    return { stepId, toolCallId };
  }

  /** Asks for an approval of a tool call. `firstIndex` continues the step’s numbers. */
  async requestApproval(
    turn: ClaimedTurn,
    of: {
      stepId: string;
      toolCallId: ToolCallId;
      firstIndex: number;
      index?: number;
      expiresInMs?: number;
      preview?: ApprovalPreview;
    },
  ): Promise<ApprovalId> {
    const id = newId('approval');
    const now = Date.now();
    await this.append(turn, {
      step_id: of.stepId,
      step_index: of.index ?? 0,
      first_index: of.firstIndex,
      events: [
        {
          type: 'approval.requested',
          turn_id: turn.turn_id,
          step_id: of.stepId,
          tool_call_id: of.toolCallId,
          approval: {
            id,
            conversation_id: turn.conversation_id,
            workspace_id: turn.workspace_id,
            turn_id: turn.turn_id,
            tool: 'run_command',
            summary: 'Run ls',
            input: { command: 'ls' },
            preview: of.preview ?? { type: 'command', command: 'ls', cwd: null },
            answer: null,
            choices: [
              { kind: 'command', rules: [{ tool: 'run_command', path: null, command: ['ls'] }] },
              { kind: 'tool', rules: [{ tool: 'run_command', path: null, command: null }] },
            ],
            status: 'pending',
            created_at: new Date(now).toISOString(),
            expires_at: new Date(now + (of.expiresInMs ?? 60_000)).toISOString(),
          },
        },
      ],
    });
    return id;
  }
}
