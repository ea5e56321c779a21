import { type NetworkMode, networkMode } from '@podex/contracts/network-policies';
import { desiredStatus } from '@podex/contracts/workspaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerOf, taskOf } from '../../testing/builders.ts';
import type { Container, ContainerState } from '../docker/containers.ts';
import { LABEL_IMAGE, LABEL_PROTOCOL, LABEL_SIZE, LABEL_STORAGE_KEY } from '../docker/labels.ts';
import { macAddressOf } from '../egress/policy-rules.ts';
import { containerName, slotContainerName } from './container-spec.ts';
import { nextStep, type Observed, type Step } from './next-step.ts';

const wanted = { image: 'podex/workspace:latest', runtime: 'runsc' };
const states: readonly ContainerState[] = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
];

/** The run of `containerOf`. */
const HUNG = { container_id: 'c0ffee', started_at: 'first' };

const someTask = fc
  .record({
    desired: fc.constantFrom(...desiredStatus.options),
    size: fc.constantFrom('small' as const, 'medium' as const),
    rebuild_of: fc.constantFrom(null, 'c0ffee'),
    network: fc.record({ mode: fc.constantFrom(...networkMode.options), pending: fc.boolean() }),
    interruption: fc.option(
      fc.record({
        reason: fc.constant('It was interrupted.'),
        gives_up: fc.boolean(),
        hung: fc.constantFrom(null, HUNG, { ...HUNG, started_at: 'an earlier time' }),
      }),
    ),
  })
  .map(({ desired, ...fields }) => taskOf({ desired_status: desired, ...fields }));

function someContainer(task: ReturnType<typeof taskOf>): fc.Arbitrary<Container> {
  return fc
    .record({
      state: fc.constantFrom(...states),
      runtime: fc.constantFrom('runsc', 'runc', ''),
      isOutOfMemory: fc.boolean(),
      macAddress: fc.constantFrom(macAddressOf(task.storage_key), '02:42:ac:11:00:02', ''),
      networks: fc.constantFrom({ podex: '' }, { podex: '', bridge: '' }, {}),
      name: fc.constantFrom(containerName(task.id), slotContainerName(task.storage_key)),
      label: fc.constantFrom(undefined, LABEL_IMAGE, LABEL_SIZE, LABEL_STORAGE_KEY, LABEL_PROTOCOL),
    })
    .map(({ label, ...fields }) => {
      const container = containerOf(task, fields);
      return label === undefined
        ? container
        : { ...container, labels: { ...container.labels, [label]: 'other' } };
    });
}

const someWorld = someTask.chain((task) =>
  fc.record({
    task: fc.constant(task),
    observed: fc.oneof(
      fc.constant<Observed>({ server: 'none' }),
      fc.constant<Observed>({ server: 'gone' }),
      fc.constant<Observed>({ server: 'unreachable', reason: 'cut off' }),
      fc
        .option(someContainer(task), { nil: undefined })
        .map<Observed>((container) => ({ server: 'reachable', container })),
    ),
  }),
);

/** What the engine shows after a step that went well. `undefined` where the step ends the work. */
function after(step: Step, task: ReturnType<typeof taskOf>): Observed | undefined {
  switch (step.kind) {
    case 'place':
      return { server: 'reachable', container: undefined };
    case 'create':
      return { server: 'reachable', container: containerOf(task, { id: 'another', state: 'created' }) };
    case 'start':
    case 'resume':
      return {
        server: 'reachable',
        container: { ...step.container, state: 'running', startedAt: step.kind },
      };
    case 'adopt':
      return { server: 'reachable', container: { ...step.container, name: containerName(task.id) } };
    case 'pause':
      return { server: 'reachable', container: { ...step.container, state: 'paused' } };
    case 'stop':
    case 'kill':
      return { server: 'reachable', container: { ...step.container, state: 'exited' } };
    case 'remove_container':
      return { server: 'reachable', container: undefined };
    default:
      return undefined;
  }
}

function isEndOf(task: ReturnType<typeof taskOf>, step: Step | undefined): boolean {
  const desired = task.desired_status;
  const restsAs = step?.kind === 'report' && step.retryInMs === undefined ? step.status : undefined;
  switch (desired) {
    case 'running':
      return step?.kind === 'bring_up' || (restsAs === 'failed' && task.interruption?.gives_up === true);
    case 'deleted':
      return step?.kind === 'remove_storage' || restsAs === 'deleted';
    case 'paused':
      return restsAs === 'paused' || restsAs === 'stopped';
    default:
      return restsAs === 'stopped';
  }
}

/** What runs is isolated, and what is used stands behind the rules of its policy. */
function expectHeld(task: ReturnType<typeof taskOf>, step: Step): void {
  if (!('container' in step)) return;
  const { runtime, macAddress, networks } = step.container;
  if (['start', 'bring_up', 'pause'].includes(step.kind)) expect(runtime).toBe('runsc');
  if (!['bring_up', 'adopt'].includes(step.kind) || task.network.mode === 'open') return;
  expect(macAddress).toBe(macAddressOf(task.storage_key));
  expect(Object.keys(networks)).toEqual(['podex']);
}

describe('nextStep', () => {
  it('comes to rest from wherever it begins, and leaves nothing running that is not isolated', () => {
    fc.assert(
      fc.property(someWorld, ({ task, observed }) => {
        let world: Observed | undefined = observed;
        let last: Step | undefined;
        for (let steps = 0; world !== undefined; steps += 1) {
          expect(steps).toBeLessThan(8);
          last = nextStep(task, world, wanted);
          expectHeld(task, last);
          world = after(last, task);
        }
        expect(last).toBeDefined();
        if (
          observed.server === 'none' ||
          (observed.server === 'reachable' && observed.container?.state !== 'removing')
        ) {
          expect(isEndOf(task, last)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('waits for a server that does not respond, whatever is wanted, and says so', () => {
    for (const desired of desiredStatus.options) {
      const step = nextStep(
        taskOf({ desired_status: desired }),
        { server: 'unreachable', reason: 'cut off' },
        wanted,
      );
      expect(step).toMatchObject({ kind: 'report', status: 'unreachable', detail: 'cut off' });
      // The engine’s address and what listens there are nothing for users.
      expect('reason' in step && step.reason).not.toContain('cut off');
      expect(step.kind === 'report' && step.retryInMs).toBeGreaterThan(0);
    }
  });

  it('deletes files only when the workspace is to be deleted', () => {
    fc.assert(
      fc.property(someWorld, ({ task, observed }) => {
        const step = nextStep(task, observed, wanted);
        expect(step.kind === 'remove_storage' && task.desired_status !== 'deleted').toBe(false);
      }),
    );
  });

  it('keeps a stopped container, and what was installed in it, when its image’s tag or the daemon is newer', () => {
    const task = taskOf();
    const container = containerOf(task, { state: 'exited' });
    expect(nextStep(task, { server: 'reachable', container }, wanted).kind).toBe('start');
  });

  it('makes a container again at its next start when another size is wanted, and not before', () => {
    const task = taskOf({ size: 'large' });
    const small = containerOf(taskOf({ size: 'small' }));
    const running: Observed = { server: 'reachable', container: small };
    const stopped: Observed = { server: 'reachable', container: { ...small, state: 'exited' } };
    expect(nextStep(task, running, wanted).kind).toBe('bring_up');
    expect(nextStep(task, stopped, wanted).kind).toBe('remove_container');
  });

  it('ends the run of a container that hangs, and judges no later one by it', () => {
    const interruption = { reason: 'It hung.', gives_up: false, hung: HUNG };
    const task = taskOf({ interruption });
    const container = containerOf(task);
    expect(nextStep(task, { server: 'reachable', container }, wanted).kind).toBe('kill');
    const again = { ...container, startedAt: 'second' };
    expect(nextStep(task, { server: 'reachable', container: again }, wanted).kind).toBe('bring_up');
  });

  it('gives up what was interrupted too often, once nothing of it runs', () => {
    const interruption = { reason: 'Too often.', gives_up: true, hung: HUNG };
    const task = taskOf({ interruption });
    const container = containerOf(task);
    expect(nextStep(task, { server: 'reachable', container }, wanted).kind).toBe('kill');
    for (const ended of [undefined, { ...container, state: 'exited' as const }]) {
      expect(nextStep(task, { server: 'reachable', container: ended }, wanted)).toEqual({
        kind: 'report',
        status: 'failed',
        reason: 'Too often.',
      });
    }
  });

  it('rebuilds a container once: what runs in it is told to end, and the next one is left alone', () => {
    const task = taskOf({ rebuild_of: 'c0ffee' });
    const kindIn = (fields: Partial<Container>) =>
      nextStep(task, { server: 'reachable', container: containerOf(task, fields) }, wanted).kind;
    expect(kindIn({ state: 'running' })).toBe('stop');
    expect(kindIn({ state: 'exited' })).toBe('remove_container');
    expect(nextStep(task, { server: 'reachable', container: undefined }, wanted).kind).toBe('create');
    expect(kindIn({ id: 'another', state: 'running' })).toBe('bring_up');
    expect(kindIn({ id: 'another', state: 'exited' })).toBe('start');
  });

  it('gives a container from the warm pool its name before it is used, when a compute died before it did', () => {
    const task = taskOf({ started_from: 'pool' });
    const container = containerOf(task, { name: slotContainerName(task.storage_key) });
    expect(nextStep(task, { server: 'reachable', container }, wanted)).toEqual({ kind: 'adopt', container });
    const deleted = { ...task, desired_status: 'deleted' as const };
    expect(nextStep(deleted, { server: 'reachable', container }, wanted).kind).toBe('remove_container');
  });

  it('keeps a container of a Podex without network policies as long as its workspace has none', () => {
    const old = { macAddress: '' };
    const kindIn = (mode: NetworkMode, fields: Partial<Container>) => {
      const task = taskOf({ network: { mode, pending: true } });
      return nextStep(task, { server: 'reachable', container: containerOf(task, fields) }, wanted).kind;
    };
    expect(kindIn('open', { ...old, state: 'exited' })).toBe('start');
    expect(kindIn('open', old)).toBe('bring_up');
    expect(kindIn('deny_all', { ...old, state: 'exited' })).toBe('remove_container');
    expect(kindIn('allow_list', old)).toBe('remove_container');
    expect(kindIn('deny_all', { ...old, state: 'paused' })).toBe('remove_container');
    expect(kindIn('deny_all', {})).toBe('bring_up');
  });

  it('takes no running container for its own that has other files', () => {
    const task = taskOf();
    const left = containerOf({ ...task, storage_key: 'of-an-earlier-place' });
    expect(nextStep(task, { server: 'reachable', container: left }, wanted)).toMatchObject({
      kind: 'remove_container',
      reason: 'it has other files',
    });
  });

  it('ends a running container of another runtime at once', () => {
    const task = taskOf();
    const container = containerOf(task, { runtime: 'runc' });
    expect(nextStep(task, { server: 'reachable', container }, wanted)).toMatchObject({
      kind: 'remove_container',
      reason: 'it runs under runc and not under runsc',
    });
  });
});
