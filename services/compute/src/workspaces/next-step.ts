import { assertNever } from '@podex/contracts/errors';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import type { WorkspaceStatus } from '@podex/contracts/workspaces';
import { SERVER_SILENT } from '../api/reasons-for-users.ts';
import { isAlive } from '../containers/container-index.ts';
import type { Container } from '../docker/containers.ts';
import { LABEL_IMAGE, LABEL_PROTOCOL, LABEL_SIZE, LABEL_STORAGE_KEY } from '../docker/labels.ts';
import { macAddressOf } from '../egress/policy-rules.ts';
import { WALL_NETWORK } from '../egress/wall-names.ts';
import { CONTAINER_PROTOCOL, slotContainerName } from './container-spec.ts';

/** What is true of a workspace now, as its server and the engine there say. */
export type Observed =
  /** It was never put on a server. */
  | { server: 'none' }
  /** Its server is registered no more. */
  | { server: 'gone' }
  | { server: 'unreachable'; reason: string }
  | { server: 'reachable'; container: Container | undefined };

/** What containers are made from; a difference to these can make one unusable. */
export interface Wanted {
  image: string;
  runtime: string;
}

/** The smallest thing that brings what is true closer to what is wanted. */
export type Step =
  | { kind: 'place' }
  | { kind: 'create' }
  | { kind: 'start'; container: Container }
  | { kind: 'resume'; container: Container }
  | { kind: 'bring_up'; container: Container }
  /** It was taken from the warm pool and does not bear the workspace’s name yet. */
  | { kind: 'adopt'; container: Container }
  | { kind: 'pause'; container: Container }
  | { kind: 'stop'; container: Container }
  /** Its daemon does not respond, so that nothing in it would hear a TERM. */
  | { kind: 'kill'; container: Container }
  | { kind: 'remove_container'; container: Container; reason: string }
  | { kind: 'remove_storage' }
  /** Nothing is left to do, or nothing can be done now (`retryInMs`). */
  | {
      kind: 'report';
      status: WorkspaceStatus;
      reason: string | null;
      /** For the log alone. */
      detail?: string;
      retryInMs?: number;
    };

const UNREACHABLE_RETRY_MS = 10_000;
/** Nothing of a person’s is there yet: api gives it another server as soon as this one is given up. */
const FIRST_START_RETRY_MS = 2_000;
const REMOVING_RETRY_MS = 500;
const OTHER_FILES = 'it has other files';

/**
 * Decides by nothing but what is wanted and what is seen, so that a crash between any two steps repairs itself. A container under
 * another runtime than the wanted one is never left running and never started.
 */
export function nextStep(task: WorkspaceTask, observed: Observed, wanted: Wanted): Step {
  switch (task.desired_status) {
    case 'running':
      return towardsRunning(task, observed, wanted);
    case 'paused':
      return towardsPaused(observed, wanted);
    case 'stopped':
      return towardsStopped(observed);
    case 'deleted':
      return towardsDeleted(observed);
    default:
      return assertNever(task.desired_status);
  }
}

function towardsRunning(task: WorkspaceTask, observed: Observed, wanted: Wanted): Step {
  if (observed.server === 'none') return { kind: 'place' };
  if (observed.server !== 'reachable') return outOfReach(observed, task.is_first_start);
  const { container } = observed;
  const givenUp = reasonToGiveUp(task, container);
  if (givenUp !== undefined) return { kind: 'report', status: 'failed', reason: givenUp };
  if (container === undefined) return { kind: 'create' };
  if (container.id === task.rebuild_of) return towardsGone(container);
  switch (container.state) {
    case 'running':
    case 'restarting':
      return whileItRuns(task, container, wanted);
    case 'paused':
      return removeUnless(whyUnheld(task, container, wanted), { kind: 'resume', container });
    case 'created':
    case 'exited':
      return removeUnless(whyUnusable(task, container, wanted), { kind: 'start', container });
    case 'dead':
      return { kind: 'remove_container', container, reason: 'the engine could not remove all of it' };
    case 'removing':
      return { kind: 'report', status: 'creating', reason: null, retryInMs: REMOVING_RETRY_MS };
    default:
      return assertNever(container.state);
  }
}

function removeUnless(reason: string | undefined, step: Step & { container: Container }): Step {
  return reason === undefined ? step : { kind: 'remove_container', container: step.container, reason };
}

/** Undefined unless it was interrupted too often, and does not run. */
function reasonToGiveUp(
  { interruption }: WorkspaceTask,
  container: Container | undefined,
): string | undefined {
  const isRunning = container !== undefined && isAlive(container.state);
  return interruption?.gives_up && !isRunning ? interruption.reason : undefined;
}

/** Processes in it are told to end first. */
function towardsGone(container: Container): Step {
  switch (container.state) {
    case 'running':
    case 'restarting':
      return { kind: 'stop', container };
    case 'paused':
      return { kind: 'resume', container };
    case 'removing':
      return { kind: 'report', status: 'creating', reason: null, retryInMs: REMOVING_RETRY_MS };
    case 'created':
    case 'exited':
    case 'dead':
      return { kind: 'remove_container', container, reason: 'it is rebuilt' };
    default:
      return assertNever(container.state);
  }
}

function whileItRuns(task: WorkspaceTask, container: Container, wanted: Wanted): Step {
  if (isHung(task, container)) return { kind: 'kill', container };
  // Left here by a start that was taken to another server, and has come back since.
  const isLeft = container.labels[LABEL_STORAGE_KEY] !== task.storage_key;
  const kind = isNamedAsSlot(task, container) ? 'adopt' : 'bring_up';
  return removeUnless(isLeft ? OTHER_FILES : whyUnheld(task, container, wanted), { kind, container });
}

function isNamedAsSlot(task: WorkspaceTask, { name }: Container): boolean {
  return name === slotContainerName(task.storage_key);
}

/** Started again it is another run, which is not judged by the one before. */
function isHung({ interruption }: WorkspaceTask, { id, startedAt }: Container): boolean {
  return interruption?.hung?.container_id === id && interruption.hung.started_at === startedAt;
}

/** A container that does not run cannot be paused: it stays stopped, which is what its owner gets back by starting it. */
function towardsPaused(observed: Observed, wanted: Wanted): Step {
  if (observed.server === 'none') return { kind: 'report', status: 'stopped', reason: null };
  if (observed.server !== 'reachable') return outOfReach(observed);
  const { container } = observed;
  if (container?.state === 'paused') return { kind: 'report', status: 'paused', reason: null };
  if (container?.state !== 'running') return towardsStopped(observed);
  if (container.runtime === wanted.runtime) return { kind: 'pause', container };
  return { kind: 'remove_container', container, reason: notIsolated(container, wanted) };
}

function towardsStopped(observed: Observed): Step {
  if (observed.server === 'none') return { kind: 'report', status: 'stopped', reason: null };
  if (observed.server !== 'reachable') return outOfReach(observed);
  const { container } = observed;
  if (container === undefined) return { kind: 'report', status: 'stopped', reason: null };
  switch (container.state) {
    case 'created':
    case 'exited':
    case 'dead':
    case 'removing':
      return { kind: 'report', status: 'stopped', reason: null };
    case 'running':
    case 'restarting':
      return { kind: 'stop', container };
    case 'paused':
      // A paused process gets no signal: it is let go on, and stopped then.
      return { kind: 'resume', container };
    default:
      return assertNever(container.state);
  }
}

function towardsDeleted(observed: Observed): Step {
  if (observed.server === 'none') return { kind: 'report', status: 'deleted', reason: null };
  if (observed.server === 'gone') {
    const reason = 'Its server is registered no more. Files that may be left there were not removed.';
    return { kind: 'report', status: 'deleted', reason };
  }
  if (observed.server === 'unreachable') return outOfReach(observed);
  const { container } = observed;
  if (container === undefined) return { kind: 'remove_storage' };
  return { kind: 'remove_container', container, reason: 'the workspace is deleted' };
}

function outOfReach(
  observed: { server: 'gone' } | { server: 'unreachable'; reason: string },
  isFirstStart = false,
): Step {
  const retryInMs = isFirstStart ? FIRST_START_RETRY_MS : UNREACHABLE_RETRY_MS;
  const report = { kind: 'report', status: 'unreachable', retryInMs } as const;
  if (observed.server === 'gone') return { ...report, reason: 'Its server is not registered any more.' };
  return { ...report, reason: SERVER_SILENT, detail: observed.reason };
}

/** Why one must not run for another moment; undefined when what is to hold it does. */
function whyUnheld(task: WorkspaceTask, container: Container, wanted: Wanted): string | undefined {
  if (container.runtime !== wanted.runtime) return notIsolated(container, wanted);
  return evadesPolicy(task, container) ? 'no network policy would hold it' : undefined;
}

/**
 * Whether the rules of its policy would not know its packets: it stands on another network too, or was made by a Podex without policies.
 */
export function evadesPolicy(
  { network, storage_key: storageKey }: Pick<WorkspaceTask, 'network' | 'storage_key'>,
  { macAddress, networks }: Pick<Container, 'macAddress' | 'networks'>,
): boolean {
  if (network.mode === 'open') return false;
  return macAddress !== macAddressOf(storageKey) || Object.keys(networks).join() !== WALL_NETWORK;
}

function notIsolated(container: Container, wanted: Wanted): string {
  return `it runs under ${container.runtime || 'an unknown runtime'} and not under ${wanted.runtime}`;
}

/**
 * Why a container that does not run has to be made again; undefined as long as it can be started again, with all that was installed
 * in it. A newer image under the same name, or a newer daemon, is no reason.
 */
function whyUnusable(task: WorkspaceTask, container: Container, wanted: Wanted): string | undefined {
  const { labels } = container;
  if (container.runtime !== wanted.runtime) return notIsolated(container, wanted);
  if (labels[LABEL_IMAGE] !== wanted.image) return 'another image is wanted';
  if (labels[LABEL_SIZE] !== task.size) return 'another size is wanted';
  if (labels[LABEL_STORAGE_KEY] !== task.storage_key) return OTHER_FILES;
  if (labels[LABEL_PROTOCOL] !== CONTAINER_PROTOCOL) return 'it was made by an older Podex';
  // Its network is seen to when it is started.
  const known = { macAddress: container.macAddress, networks: { [WALL_NETWORK]: '' } };
  if (evadesPolicy(task, known)) return 'it was made by a Podex without network policies';
  return undefined;
}
