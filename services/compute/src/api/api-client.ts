import type { MoveId, ServerId, WorkspaceId } from '@podex/contracts/ids';
import {
  claimIdleResult,
  claimSetupsResult,
  claimWorkspacesResult,
  type DaemonsInput,
  daemonsResult,
  type HungInput,
  type localServerInput,
  localServerResult,
  type ObserveContainersResult,
  type ObserveInput,
  type ObserveServerInput,
  type ObserveSetupInput,
  type observeContainersInput,
  observeContainersResult,
  observeServerResult,
  type reserveInput,
  type ServerProgressInput,
  type ServerSnapshot,
  type SetupTask,
  serverNews,
  serverSnapshot,
  type WorkspaceEnvironment,
  type WorkspaceTask,
  workspaceEnvironment,
} from '@podex/contracts/internal/compute';
import {
  type GitAnswer,
  type GitQuestion,
  gitAnswer,
  type SshSignIn,
} from '@podex/contracts/internal/git-credentials';
import {
  claimMovesResult,
  type MoveEndInput,
  type MoveProgressInput,
  type MoveTask,
} from '@podex/contracts/internal/moving';
import {
  type ServerNetworkPolicies,
  serverNetworkPolicies,
} from '@podex/contracts/internal/network-policies';
import {
  type AddSlotInput,
  type KeepPoolInput,
  type KeepPoolResult,
  keepPoolResult,
  type ObserveSlotInput,
} from '@podex/contracts/internal/pool';
import { withQuery } from '@podex/contracts/query';
import { createInternalClient } from '@podex/service-kit/internal-client';
import type { KeyList } from '@podex/service-kit/key-list';
import type { WaitOptions } from '@podex/service-kit/waiting';
import type { z } from 'zod';

export type ReserveInput = z.infer<typeof reserveInput>;
export type ObserveContainersInput = z.infer<typeof observeContainersInput>;
export type LocalServerInput = z.infer<typeof localServerInput>;

/** Compute’s side of the internal protocol: commands in, observations out. Each call fails as the PodexError of api’s response. */
export interface ApiClient {
  /** Waits at most `waitMs` for work. Each task comes with a lease. */
  claimWorkspaces(max: number, waitMs: number, signal: AbortSignal): Promise<WorkspaceTask[]>;
  /** Has the leases of dead workers handed out at once. */
  releaseLeases(instances: readonly string[]): Promise<void>;
  /** @throws PodexError limit_reached when the server or the whole fleet is full. */
  reserve(id: WorkspaceId, input: ReserveInput): Promise<void>;
  /** Variables of what starts in it. They go on to its daemon, and nowhere else. @throws PodexError workspace_changed. */
  readEnvironment(id: WorkspaceId, leaseToken: string, wait: WaitOptions): Promise<WorkspaceEnvironment>;
  /** Releases the lease. @throws PodexError workspace_changed when the lease is another’s. */
  observeWorkspace(id: WorkspaceId, input: ObserveInput): Promise<void>;
  /** The daemon in this run of its container no longer responds. */
  reportHung(id: WorkspaceId, input: HungInput): Promise<void>;
  /** Whether their daemons are to be updated, where that changed. @returns those that were said of what runs. */
  reportDaemons(items: DaemonsInput['items']): Promise<WorkspaceId[]>;
  /** Waits at most `waitMs` for a part of the setup of a workspace that runs. Each comes with a lease. */
  claimSetups(max: number, waitMs: number, signal: AbortSignal): Promise<SetupTask[]>;
  /** Releases that lease. @throws PodexError workspace_changed when the lease is another’s. */
  observeSetup(id: WorkspaceId, input: ObserveSetupInput): Promise<void>;
  /** Waits at most `waitMs` for a workspace that is to be moved. Each comes with a lease. */
  claimMoves(max: number, waitMs: number, signal: AbortSignal): Promise<MoveTask[]>;
  /** @throws PodexError conflict when the server takes nothing; workspace_changed, as the next three, when the move was cancelled. */
  chooseMoveTarget(id: MoveId, leaseToken: string, serverId: ServerId): Promise<void>;
  /** Renews the lease. */
  reportMove(id: MoveId, input: MoveProgressInput): Promise<void>;
  /** From here on the copy is what counts. @throws PodexError conflict, limit_reached when its server has no room for it. */
  switchMove(id: MoveId, leaseToken: string): Promise<void>;
  /** Gives the lease back. */
  endMove(id: MoveId, input: MoveEndInput): Promise<void>;
  /** What git in the workspace signs in with. It goes back to git, and nowhere else. */
  answerGit(id: WorkspaceId, question: GitQuestion, wait: WaitOptions): Promise<GitAnswer>;
  reportSshSignIn(id: WorkspaceId, signIn: SshSignIn, wait: WaitOptions): Promise<void>;
  reportActive(ids: readonly WorkspaceId[]): Promise<void>;
  /** Workspaces that may have been idle for their whole time, by `timeoutSeconds` where api knows nothing else. */
  claimIdle(timeoutSeconds: number, max: number, signal: AbortSignal): Promise<WorkspaceId[]>;
  /** Whether something runs in one of these for a person. */
  observeIdle(id: WorkspaceId, isInUse: boolean): Promise<void>;
  /** The registered servers, and what admins have set for all of them. */
  readFleet(signal?: AbortSignal): Promise<ServerSnapshot>;
  /** Waits at most `waitMs`. @returns whether the servers are to be read again at once. */
  awaitFleetNews(waitMs: number, signal: AbortSignal): Promise<boolean>;
  /** Of the workspaces of a server, as they are now. */
  readNetworkPolicies(id: ServerId, signal: AbortSignal): Promise<ServerNetworkPolicies>;
  /** Resolves when api responds and accepts our token. */
  check(signal: AbortSignal): Promise<undefined>;
  registerLocalServer(input: LocalServerInput): Promise<ServerId>;
  /** @returns whether that is what is shown of it; another compute may see it better, or speak for all. */
  observeServer(id: ServerId, input: Omit<ObserveServerInput, 'worker_id'>): Promise<boolean>;
  /** What a check that was asked for has found so far. */
  reportServerProgress(id: ServerId, input: ServerProgressInput): Promise<void>;
  observeContainers(id: ServerId, input: ObserveContainersInput): Promise<ObserveContainersResult>;
  /** Container and folder are gone. */
  forgetLeftover(storageKey: string): Promise<void>;
  /** Waits until the warm pool differs from what was seen, and takes or renews the keeper’s lease. */
  keepPool(input: Omit<KeepPoolInput, 'worker_id'>, signal: AbortSignal): Promise<KeepPoolResult>;
  /** @throws PodexError limit_reached, conflict. */
  addSlot(input: AddSlotInput): Promise<void>;
  /** @throws PodexError conflict when a workspace has the slot by now, or another compute keeps the pool. */
  observeSlot(storageKey: string, input: ObserveSlotInput): Promise<void>;
}

/** How much longer than its long poll a claim may take. */
const CLAIM_MARGIN_MS = 10_000;

export function createApiClient(options: { baseUrl: string; tokens: KeyList; workerId: string }): ApiClient {
  const http = createInternalClient({ service: 'api', baseUrl: options.baseUrl, key: options.tokens });
  const claimWait = (max: number, waitMs: number, signal: AbortSignal) => ({
    body: { worker_id: options.workerId, max, wait_ms: waitMs },
    timeoutMs: waitMs + CLAIM_MARGIN_MS,
    signal,
  });
  return {
    async claimWorkspaces(max, waitMs, signal) {
      const wait = claimWait(max, waitMs, signal);
      const { items } = await http.request('POST', '/internal/workspaces/claim', claimWorkspacesResult, wait);
      return items;
    },
    async claimSetups(max, waitMs, signal) {
      const wait = claimWait(max, waitMs, signal);
      const path = '/internal/workspaces/setups/claim';
      const { items } = await http.request('POST', path, claimSetupsResult, wait);
      return items;
    },
    async claimMoves(max, waitMs, signal) {
      const wait = claimWait(max, waitMs, signal);
      const { items } = await http.request('POST', '/internal/moves/claim', claimMovesResult, wait);
      return items;
    },
    chooseMoveTarget: (id, leaseToken, serverId) =>
      http.send('POST', `/internal/moves/${id}/target`, {
        body: { lease_token: leaseToken, server_id: serverId },
      }),
    reportMove: (id, body) => http.send('POST', `/internal/moves/${id}/progress`, { body }),
    switchMove: (id, leaseToken) =>
      http.send('POST', `/internal/moves/${id}/switch`, { body: { lease_token: leaseToken } }),
    endMove: (id, body) => http.send('POST', `/internal/moves/${id}/end`, { body }),
    releaseLeases: (instances) =>
      http.send('POST', '/internal/workspaces/release', {
        body: { worker_id: options.workerId, instances },
      }),
    reserve: (id, body) => http.send('POST', `/internal/workspaces/${id}/reserve`, { body }),
    readEnvironment: (id, leaseToken, wait) =>
      http.request('POST', `/internal/workspaces/${id}/environment`, workspaceEnvironment, {
        body: { lease_token: leaseToken },
        ...wait,
      }),
    observeWorkspace: (id, body) => http.send('POST', `/internal/workspaces/${id}/observe`, { body }),
    reportHung: (id, body) => http.send('POST', `/internal/workspaces/${id}/hung`, { body }),
    async reportDaemons(items) {
      const path = '/internal/workspaces/daemons';
      return (await http.request('POST', path, daemonsResult, { body: { items } })).taken;
    },
    observeSetup: (id, body) => http.send('POST', `/internal/workspaces/${id}/setup`, { body }),
    answerGit: (id, body, wait) =>
      http.request('POST', `/internal/workspaces/${id}/git_credential`, gitAnswer, {
        body,
        ...wait,
      }),
    reportSshSignIn: (id, body, wait) =>
      http.send('POST', `/internal/workspaces/${id}/ssh_sign_in`, { body, ...wait }),
    reportActive: (ids) => http.send('POST', '/internal/workspaces/active', { body: { workspace_ids: ids } }),
    async claimIdle(timeoutSeconds, max, signal) {
      const body = { timeout_seconds: timeoutSeconds, max };
      const path = '/internal/workspaces/idle/claim';
      const { items } = await http.request('POST', path, claimIdleResult, { body, signal });
      return items.map(({ workspace_id }) => workspace_id);
    },
    observeIdle: (id, isInUse) =>
      http.send('POST', `/internal/workspaces/${id}/idle`, { body: { in_use: isInUse } }),
    readFleet: (signal) =>
      http.request('GET', withQuery('/internal/servers', { worker_id: options.workerId }), serverSnapshot, {
        signal,
      }),
    async awaitFleetNews(waitMs, signal) {
      const wait = { timeoutMs: waitMs + CLAIM_MARGIN_MS, signal };
      const path = withQuery('/internal/servers/news', { wait_ms: waitMs });
      return (await http.request('GET', path, serverNews, wait)).changed;
    },
    readNetworkPolicies: (id, signal) =>
      http.request('GET', `/internal/servers/${id}/network-policies`, serverNetworkPolicies, { signal }),
    async check(signal) {
      await http.request('GET', '/internal/servers', serverSnapshot, { signal });
      return undefined;
    },
    async registerLocalServer(body) {
      const result = await http.request('PUT', '/internal/servers/local', localServerResult, { body });
      return result.server_id;
    },
    async observeServer(id, input) {
      const body = { worker_id: options.workerId, ...input };
      const path = `/internal/servers/${id}/observe`;
      return (await http.request('POST', path, observeServerResult, { body })).taken;
    },
    reportServerProgress: (id, body) => http.send('POST', `/internal/servers/${id}/progress`, { body }),
    observeContainers: (id, body) =>
      http.request('POST', `/internal/servers/${id}/containers`, observeContainersResult, { body }),
    forgetLeftover: (key) => http.send('DELETE', `/internal/leftovers/${key}`),
    keepPool: (input, signal) =>
      http.request('POST', '/internal/pool/keep', keepPoolResult, {
        body: { worker_id: options.workerId, ...input },
        timeoutMs: input.wait_ms + CLAIM_MARGIN_MS,
        signal,
      }),
    addSlot: (body) => http.send('POST', '/internal/pool/slots', { body }),
    observeSlot: (key, body) => http.send('POST', `/internal/pool/slots/${key}/observe`, { body }),
  };
}
