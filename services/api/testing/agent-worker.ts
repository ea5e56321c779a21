import type { ApprovalPreview } from '@podex/contracts/conversations';
import type { WorkerEvent } from '@podex/contracts/events';
import { type ApprovalId, newId, type StepId, type ToolCallId, type TurnId } from '@podex/contracts/ids';
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

  /** One call of a model, in a step of its own that stays open; `end` left out: it goes on. @returns the answers of both batches. */
  async callModel(
    turn: ClaimedTurn,
    { model, end, stepIndex = 0, inputTokens = 0 }: ModelCallOfTest,
  ): Promise<{ begun: Answer; ended: Answer | undefined; step: StepOfTest }> {
    const stepId = newId('step');
    const inStep = { turn_id: turn.turn_id, step_id: stepId };
    const step = { step_id: stepId, step_index: stepIndex, inStep };
    const started: WorkerEvent[] = [
      { type: 'step.started', ...inStep, step_index: stepIndex, model },
      { type: 'model_call.started', ...inStep, model, estimated_input_tokens: inputTokens },
    ];
    const place = { step_id: stepId, step_index: stepIndex };
    const begun = await this.append(turn, { ...place, first_index: 0, events: started });
    if (end === undefined) return { begun, ended: undefined, step };
    const ended = await this.append(turn, { ...place, first_index: 2, events: [callEnd(inStep, end)] });
    return { begun, ended, step };
  }
}

export interface ModelCallOfTest {
  model: string;
  stepIndex?: number;
  inputTokens?: number;
  end?: Partial<EndedCall>;
}

export interface StepOfTest {
  step_id: StepId;
  step_index: number;
  inStep: { turn_id: TurnId; step_id: StepId };
}

type EndedCall = Extract<WorkerEvent, { type: 'model_call.ended' }>;

/** How a call ends that used 1,000 tokens of input, 500 of them cached, and 100 of output; `end` says what is otherwise. */
export function callEnd(inStep: StepOfTest['inStep'], end: Partial<EndedCall>): EndedCall {
  return {
    type: 'model_call.ended',
    ...inStep,
    outcome: 'whole',
    code: null,
    finish_reason: 'stop',
    response_id: newId('turn'),
    tokens: {
      input_tokens: 1_000,
      cached_input_tokens: 500,
      cache_write_tokens: 0,
      output_tokens: 100,
      reasoning_tokens: 0,
    },
    cost_usd: null,
    estimated_output_tokens: 0,
    ...end,
  };
}
