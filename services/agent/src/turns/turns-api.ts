import type { TurnId } from '@podex/contracts/ids';
import {
  type AppendInput,
  type AppendResult,
  appendResult,
  type ClaimedTurn,
  claimResult,
  type LeaseState,
  leaseState,
  providerSettings,
  type ReleaseInput,
  releaseResult,
  type TurnContext,
  turnContext,
} from '@podex/contracts/internal/turns';
import { modelProvider } from '@podex/contracts/models';
import type { InternalClient } from '@podex/service-kit/internal-client';
import type { SharedProviders } from '../models/provider-settings.ts';

const CONTEXT_TIMEOUT_MS = 30_000;
/** How much longer than the asked wait a claim may take. */
const CLAIM_SLACK_MS = 10_000;

export interface ApiCall {
  signal: AbortSignal;
  timeoutMs: number;
}

/** api’s side of turns. Throws the PodexError that api responds with; repeats nothing. */
export class TurnsApi {
  readonly #client: InternalClient;

  constructor(client: InternalClient) {
    this.#client = client;
  }

  /** Waits for a turn up to `waitMs`, at most 30,000. */
  async claim(workerId: string, waitMs: number, signal: AbortSignal): Promise<ClaimedTurn | null> {
    const body = { worker_id: workerId, wait_ms: waitMs };
    const call = { body, signal, timeoutMs: waitMs + CLAIM_SLACK_MS };
    return (await this.#client.request('POST', '/internal/turns/claim', claimResult, call)).turn;
  }

  /** Says that the worker lives as long as the call lasts, at most 30,000 ms. */
  async attend(workerId: string, waitMs: number, signal: AbortSignal): Promise<void> {
    const body = { worker_id: workerId, wait_ms: waitMs };
    await this.#client.send('POST', '/internal/turns/presence', {
      body,
      signal,
      timeoutMs: waitMs + CLAIM_SLACK_MS,
    });
  }

  context(turnId: TurnId, leaseToken: string, signal: AbortSignal): Promise<TurnContext> {
    const call = { body: { lease_token: leaseToken }, signal, timeoutMs: CONTEXT_TIMEOUT_MS };
    return this.#client.request('POST', `/internal/turns/${turnId}/context`, turnContext, call);
  }

  renew(turnId: TurnId, leaseToken: string, call: ApiCall): Promise<LeaseState> {
    const body = { lease_token: leaseToken };
    return this.#client.request('POST', `/internal/turns/${turnId}/renew`, leaseState, { ...call, body });
  }

  append(turnId: TurnId, input: AppendInput, call: ApiCall): Promise<AppendResult> {
    return this.#client.request('POST', `/internal/turns/${turnId}/events`, appendResult, {
      ...call,
      body: input,
    });
  }

  async release(turnId: TurnId, input: ReleaseInput, call: ApiCall): Promise<'released' | 'continue'> {
    const path = `/internal/turns/${turnId}/release`;
    return (await this.#client.request('POST', path, releaseResult, { ...call, body: input })).outcome;
  }

  /** Provider keys that the operator set on api only. */
  async providers(): Promise<SharedProviders> {
    const shared = await this.#client.request('GET', '/internal/providers', providerSettings);
    const provider = modelProvider.safeParse(shared.default_provider);
    return {
      defaultProvider: provider.success ? provider.data : undefined,
      openrouterApiKey: shared.openrouter_api_key ?? undefined,
    };
  }

  /** Asks for something that needs api alone, and the right token. */
  async check(signal: AbortSignal): Promise<void> {
    await this.#client.request('GET', '/internal/providers', providerSettings, { signal });
  }
}
