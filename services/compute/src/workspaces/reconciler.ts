import { assertNever, PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import type { WorkspaceEnvironment, WorkspaceTask } from '@podex/contracts/internal/compute';
import type { DaemonBuild } from '@podex/contracts/internal/daemon';
import type { Logger } from '@podex/service-kit/logger';
import { type WaitOptions, within } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import type { ContainerSettings } from '../config.ts';
import type { ContainerIndex } from '../containers/container-index.ts';
import type { Container } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import type { NetworkPolicies } from '../egress/network-policies.ts';
import { WALL_NETWORK } from '../egress/wall-names.ts';
import type { Freezers } from '../freezing/freezers.ts';
import type { LinkPool } from '../links/link-pool.ts';
import type { Placer } from '../placement/placer.ts';
import type { DaemonUpdates } from '../runtime/daemon-updates.ts';
import type { ServerRegistry } from '../servers/server-registry.ts';
import { bringUp } from './bring-up.ts';
import { containerName, STOP_GRACE_SECONDS, slotContainerName } from './container-spec.ts';
import type { ContainerSteps, StepResult, WantedContainer } from './container-steps.ts';
import { type Outcome, outcomeOfFailure, statusOnTheWay } from './failure-outcome.ts';
import { holdToPolicy, isHeldToPolicy } from './hold-to-policy.ts';
import { nextStep, type Observed, type Step } from './next-step.ts';
import { isGivenWarm, TAKE_OVER_TIMEOUT_MS, takeOver } from './take-over.ts';

/** Of the lease’s time, the part that may be used; the rest is for telling api. */
const USABLE_LEASE = 0.7;
const MIN_STEP_MS = 2_000;
const BRING_UP_TIMEOUT_MS = 15_000;
const WAITING_RETRY_MS = 1_000;
/** A daemon that was not reached so often in a row is helped by a restart of its container. */
const RESTART_AFTER_ATTEMPTS = 2;
const FAILURE_LOG_LINES = 5;
const OUTSIDE_THE_WALL =
  'It stands on a network without the rules that keep workspaces apart. Stop and start it, and it stands behind them.';

export interface ReconcilerOptions {
  api: Pick<ApiClient, 'readEnvironment'>;
  servers: ServerRegistry;
  placer: Placer;
  steps: ContainerSteps;
  links: LinkPool;
  freezers: Pick<Freezers, 'wake'>;
  index: ContainerIndex;
  policies: Pick<NetworkPolicies, 'enforce'>;
  updates: Pick<DaemonUpdates, 'noteStart'>;
  settings: ContainerSettings;
  /** A workspace has taken a warm container over; what needs an engine is done behind the response. */
  onTaken: (task: WorkspaceTask, serverId: ServerId, containerId: string) => void;
  logger: Logger;
}

/** One lease’s work on one workspace. */
interface Run {
  task: WorkspaceTask;
  image: string;
  signal: AbortSignal;
  deadlineMs: number;
  serverId: ServerId | null;
  hasRoom: boolean;
  /** Its server holds it to its network policy. */
  isHeld: boolean;
  containerId: string | null;
  /** What its owner should know although nothing failed. */
  notice: string | null;
  /** Asked for while something else takes time. */
  environment?: Promise<WorkspaceEnvironment>;
}

/**
 * Brings workspaces to what is wanted of them: looks, takes the next step, looks again, until there is nothing to do or the lease nears
 * its end. Remembers nothing between two leases.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Never throws for what goes wrong with the workspace: that is an outcome. @throws the signal’s reason. */
  async reconcile(task: WorkspaceTask, signal: AbortSignal): Promise<Outcome> {
    const run: Run = {
      task,
      image: task.image ?? this.#options.settings.defaultImage,
      signal,
      deadlineMs: performance.now() + task.lease_ttl_ms * USABLE_LEASE,
      serverId: task.server_id,
      hasRoom: false,
      isHeld: false,
      containerId: null,
      notice: task.interruption?.reason ?? null,
    };
    try {
      if (isGivenWarm(task)) this.#askEnvironment(run);
      await this.#thaw(run);
      const taken = await this.#takeOver(run);
      if (taken !== undefined) return taken;
      for (;;) {
        const outcome = await this.#stepOnce(run);
        if (outcome !== undefined) return outcome;
        if (remainingMs(run) < MIN_STEP_MS) return onTheWay(run, null, 0);
      }
    } catch (error) {
      signal.throwIfAborted();
      const outcome = outcomeOfFailure(task, error, run.containerId);
      this.#options.logger.warn(
        { err: error, workspace_id: task.id, status: outcome.status },
        'workspace.step_failed',
      );
      return outcome;
    }
  }

  /** First of all: an engine that is asked about what is frozen may wait for it. */
  async #thaw({ task, serverId, signal }: Run): Promise<void> {
    const { container_id: containerId, desired_status: desired } = task;
    if (desired === 'paused' || serverId === null || containerId === null) return;
    // Its policy may have been changed while it rested: it stays frozen until that is in force.
    if (task.status === 'paused' && desired === 'running' && isHeldToPolicy(task)) {
      const wait = { signal, timeoutMs: TAKE_OVER_TIMEOUT_MS };
      await within(wait, () => this.#options.policies.enforce(serverId));
    }
    try {
      await this.#options.freezers.wake({ serverId, containerId }, { isReleased: true });
    } catch (error) {
      this.#options.logger.warn({ err: error, workspace_id: task.id }, 'freezer.failed');
    }
  }

  /** @returns undefined when there is none, or it does not respond: then it is looked at first. */
  async #takeOver(run: Run): Promise<Outcome | undefined> {
    const { task, signal } = run;
    if (!isGivenWarm(task)) return undefined;
    return takeOver({ task, signal }, (wait) => this.#environment(run, wait), this.#options);
  }

  async #stepOnce(run: Run): Promise<Outcome | undefined> {
    const { settings, logger } = this.#options;
    const { observed, engine } = await this.#observe(run);
    const step = nextStep(run.task, observed, { image: run.image, runtime: settings.runtime });
    const startedAt = performance.now();
    const outcome = await this.#take(step, run, engine);
    logger.info(
      {
        workspace_id: run.task.id,
        step: step.kind,
        duration_ms: Math.round(performance.now() - startedAt),
        ...('reason' in step ? { reason: step.reason } : {}),
        ...('detail' in step ? { detail: step.detail } : {}),
      },
      'workspace.step',
    );
    return outcome;
  }

  async #observe(run: Run): Promise<{ observed: Observed; engine: Engine | undefined }> {
    if (run.serverId === null) return { observed: { server: 'none' }, engine: undefined };
    try {
      const server = await this.#options.servers.get(run.serverId);
      const engine = await server.engine();
      const container = await findContainer(engine, run.task, run.signal);
      run.containerId = container?.id ?? null;
      return { observed: { server: 'reachable', container }, engine };
    } catch (error) {
      if (PodexError.has(error, 'server_not_found'))
        return { observed: { server: 'gone' }, engine: undefined };
      const isSilent = PodexError.has(error, 'server_unreachable') || PodexError.has(error, 'timed_out');
      if (!isSilent) throw error;
      return { observed: { server: 'unreachable', reason: error.message }, engine: undefined };
    }
  }

  /** @returns the outcome, or undefined to look again. */
  async #take(step: Step, run: Run, engine: Engine | undefined): Promise<Outcome | undefined> {
    if (step.kind === 'report') return this.#report(step, run);
    if (step.kind === 'place') return this.#place(run);
    // Every other step was decided by what an engine showed.
    if (engine === undefined) throw new Error(`The step ${step.kind} needs an engine`);
    const { containers } = engine;
    const { steps } = this.#options;
    const { signal } = run;
    if (step.kind === 'resume' || step.kind === 'bring_up') await this.#hold(engine, step.container, run);
    switch (step.kind) {
      case 'create':
        await this.#requireRoom(run);
        return waitingOrAgain(await steps.create(engine, wantedContainer(run), waitOf(run)), run);
      case 'start':
        return this.#start(engine, step.container, run);
      case 'resume':
        await containers.unpause(step.container.id, { signal });
        return undefined;
      case 'bring_up':
        return this.#bringUp(engine, step.container, run);
      case 'adopt':
        await containers.rename(step.container.id, containerName(run.task.id), { signal });
        return undefined;
      case 'pause':
        await containers.pause(step.container.id, { signal });
        return undefined;
      case 'stop':
        await containers.stop(step.container.id, STOP_GRACE_SECONDS, { signal });
        return undefined;
      case 'kill':
        this.#options.links.closeContainer(step.container.id);
        await containers.kill(step.container.id, { signal });
        return undefined;
      case 'remove_container':
        await containers.remove(step.container.id, { signal });
        return undefined;
      case 'remove_storage': {
        const result = await steps.removeStorage(engine, run.task.storage_key, waitOf(run));
        if (result !== 'done') return waitingOrAgain(result, run);
        return { status: 'deleted', reason: null, containerId: null };
      }
      default:
        return assertNever(step);
    }
  }

  #report(step: Step & { kind: 'report' }, run: Run): Outcome {
    const { serverId, containerId } = run;
    if (step.status === 'paused' && serverId !== null && containerId !== null) {
      this.#options.index.note({ workspaceId: run.task.id, serverId, containerId, state: 'paused' });
    }
    return reported(step, run);
  }

  async #place(run: Run): Promise<undefined> {
    run.serverId = await this.#options.placer.place(run.task, run.image);
    run.hasRoom = true;
    return undefined;
  }

  /** A workspace that did not run holds no room: it is asked for again before each start. */
  async #requireRoom(run: Run): Promise<void> {
    if (!run.hasRoom) await this.#place(run);
  }

  async #start(engine: Engine, container: Container, run: Run): Promise<Outcome | undefined> {
    await this.#requireRoom(run);
    if (endedOutOfMemory(container)) {
      run.notice = 'It ran out of memory and was started again. A larger size has more.';
    }
    await this.#hold(engine, container, run);
    const result = await this.#options.steps.start(engine, container, wantedContainer(run), waitOf(run));
    if (result !== 'done') return waitingOrAgain(result, run);
    // Both take about as long as its daemon takes to listen.
    this.#options.links.open({ serverId: engine.identity.serverId, containerId: container.id });
    this.#askEnvironment(run);
    return undefined;
  }

  #askEnvironment(run: Run): void {
    const { task, signal } = run;
    run.environment = this.#options.api.readEnvironment(task.id, task.lease_token, {
      signal,
      timeoutMs: TAKE_OVER_TIMEOUT_MS,
    });
    // The caller that needs it hears of it.
    run.environment.catch(() => undefined);
  }

  /** Of one lease: what is asked for once is used once. */
  #environment(run: Run, wait: WaitOptions): Promise<WorkspaceEnvironment> {
    const { task, environment } = run;
    delete run.environment;
    return environment ?? this.#options.api.readEnvironment(task.id, task.lease_token, wait);
  }

  /** Once for each lease: a policy that is changed meanwhile is another lease’s. */
  async #hold(engine: Engine, container: Container, run: Run): Promise<void> {
    if (run.isHeld) return;
    await holdToPolicy(engine, container, { ...run.task, ...waitOf(run) }, this.#options.policies);
    run.isHeld = true;
  }

  async #bringUp(engine: Engine, container: Container, run: Run): Promise<Outcome> {
    const { links, index, updates } = this.#options;
    const { task, signal } = run;
    if (Object.keys(container.networks).join() !== WALL_NETWORK) run.notice = OUTSIDE_THE_WALL;
    const place = { serverId: engine.identity.serverId, containerId: container.id };
    const timeoutMs = Math.min(remainingMs(run), BRING_UP_TIMEOUT_MS);
    let daemon: DaemonBuild | undefined;
    try {
      const brought = await bringUp(
        task,
        (options) => links.connect(place, { kind: 'daemon' }, options),
        (wait) => this.#environment(run, wait),
        { signal, timeoutMs },
      );
      daemon = brought.daemon;
      run.notice = [run.notice, brought.notice].filter((part) => part !== null).join(' ') || null;
    } catch (error) {
      signal.throwIfAborted();
      throw await this.#whyNotUp(engine, container, run, error);
    }
    if (run.serverId !== null) {
      if (task.started_from === 'pool') index.learnOwner(run.serverId, task.storage_key, task.id);
      const known = { workspaceId: task.id, serverId: run.serverId, containerId: container.id };
      index.note({ ...known, state: 'running' });
      updates.noteStart(known, daemon);
    }
    return { status: 'running', reason: run.notice, containerId: container.id };
  }

  /** The container may have ended at once: then its last words say more than that its daemon does not respond. */
  async #whyNotUp(engine: Engine, container: Container, run: Run, error: unknown): Promise<unknown> {
    const { containers } = engine;
    const now = await containers.find(container.id);
    if (now !== undefined && now.state !== 'running') {
      const output = (await containers.readOutput(container.id, FAILURE_LOG_LINES)).trim();
      const ending = now.isOutOfMemory
        ? 'it ran out of memory'
        : `its first process ended with code ${now.exitCode}`;
      const reason = [ending, output]
        .filter((part) => part !== '')
        .join(': ')
        .slice(0, 1000);
      // The engine’s own words are for the log.
      const cause = now.startError === '' ? error : new Error(now.startError, { cause: error });
      return new PodexError(
        'container_ended',
        `The container does not stay up: ${reason}`,
        { reason },
        { cause },
      );
    }
    const isStuck = run.task.attempts >= RESTART_AFTER_ATTEMPTS;
    if (isStuck && PodexError.has(error, 'timed_out')) await containers.kill(container.id);
    return error;
  }
}

/** One that was taken from the warm pool may still bear the slot’s name. */
async function findContainer(
  engine: Engine,
  task: WorkspaceTask,
  signal: AbortSignal,
): Promise<Container | undefined> {
  const own = await engine.containers.find(containerName(task.id), { signal });
  if (own !== undefined || task.started_from !== 'pool') return own;
  return engine.containers.find(slotContainerName(task.storage_key), { signal });
}

function wantedContainer({ task, image }: Run): WantedContainer {
  const { id, name, size, storage_key: storageKey } = task;
  return { owner: { id, name }, image, size, storageKey };
}

/** The engine keeps the mark when only a process in it was lost; a stop that was asked for ends with 0 or 143 (TERM). */
function endedOutOfMemory({ isOutOfMemory, exitCode }: Container): boolean {
  return isOutOfMemory && exitCode !== 0 && exitCode !== 143;
}

function remainingMs(run: Run): number {
  return run.deadlineMs - performance.now();
}

function waitOf(run: Run) {
  return { signal: run.signal, timeoutMs: Math.max(MIN_STEP_MS, Math.floor(remainingMs(run))) };
}

function onTheWay(run: Run, reason: string | null, retryInMs: number): Outcome {
  const status = statusOnTheWay(run.task.desired_status);
  return { status, reason, containerId: run.containerId, retryInMs };
}

function waitingOrAgain(result: StepResult, run: Run): Outcome | undefined {
  return result === 'done' ? undefined : onTheWay(run, result.waitingFor, WAITING_RETRY_MS);
}

function reported(step: Step & { kind: 'report' }, run: Run): Outcome {
  const { status, reason, retryInMs } = step;
  return { status, reason, containerId: run.containerId, ...(retryInMs === undefined ? {} : { retryInMs }) };
}
