import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../docker/containers.ts';
import { LABEL_SLOT, LABEL_STORAGE_KEY, LABEL_WORKSPACE_ID } from '../docker/labels.ts';
import { ContainerIndex } from './container-index.ts';

const workspace = newId('workspace');
const [first, second] = [newId('server'), newId('server')];

function listed(id: string, state: ContainerState = 'running', label: string = workspace) {
  return { id, name: `podex-${label}`, state, createdAtMs: 0, labels: { [LABEL_WORKSPACE_ID]: label } };
}

function slot(name: string, state: ContainerState = 'running') {
  return { id: 's', name, state, createdAtMs: 0, labels: { [LABEL_SLOT]: 'p', [LABEL_STORAGE_KEY]: 'k' } };
}

describe('ContainerIndex', () => {
  it('knows what was listed last, and leaves out what is no workspace’s', () => {
    const index = new ContainerIndex();
    const { places } = index.replace(first, [listed('a'), listed('b', 'running', 'somebody else’s')]);
    expect(places).toHaveLength(1);
    expect(index.find(workspace)).toMatchObject({ serverId: first, containerId: 'a' });
    index.replace(first, []);
    expect(index.find(workspace)).toBeUndefined();
  });

  it('prefers the container that lives', () => {
    const index = new ContainerIndex();
    index.replace(first, [listed('old', 'exited')]);
    index.replace(second, [listed('new')]);
    expect(index.find(workspace)?.containerId).toBe('new');
    expect(index.count('running')).toBe(1);
    index.forgetServer(second);
    expect(index.find(workspace)?.containerId).toBe('old');
  });

  it('finds nobody in a slot of the pool, until it learns whose it is, and from then on by its name', () => {
    const index = new ContainerIndex();
    expect(index.replace(first, [slot('podex-slot-k')])).toMatchObject({
      places: [],
      slots: [{ poolId: 'p', storageKey: 'k', containerId: 's', state: 'running', isStray: false }],
    });
    expect(index.list('running')).toEqual([]);
    index.learnOwner('k', workspace);
    expect(index.find(workspace)).toMatchObject({ serverId: first, containerId: 's', state: 'running' });
    expect(index.slotsOf(first)).toEqual([]);
    // A listing that was taken before it was renamed.
    index.replace(first, [slot('podex-slot-k', 'exited')]);
    expect(index.find(workspace)?.state).toBe('exited');
    // Another compute learns it from the name.
    const other = new ContainerIndex();
    other.replace(first, [slot(`podex-${workspace}`)]);
    expect(other.find(workspace)?.containerId).toBe('s');
  });

  it('keeps in mind which slots nobody knows', () => {
    const index = new ContainerIndex();
    expect(index.hasListed(first)).toBe(false);
    index.replace(first, [slot('podex-slot-k')]);
    index.noteStrays(first, ['k']);
    expect(index.hasListed(first)).toBe(true);
    expect(index.slotsOf(first)).toMatchObject([{ storageKey: 'k', isStray: true }]);
  });
});
