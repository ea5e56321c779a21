import { newId, type ServerId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import type { ContainerState, ListedContainer } from '../docker/containers.ts';
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

/** As when api says that all of it lives there. */
function confirmed(index: ContainerIndex, server: ServerId, containers: ListedContainer[]) {
  const listing = index.replace(server, containers);
  index.confirm(server, listing, []);
  return listing;
}

describe('ContainerIndex', () => {
  it('knows what was listed last, and leaves out what is no workspace’s', () => {
    const index = new ContainerIndex();
    const { places } = confirmed(index, first, [listed('a'), listed('b', 'running', 'somebody else’s')]);
    expect(places).toHaveLength(1);
    expect(index.find(workspace)).toMatchObject({ serverId: first, containerId: 'a' });
    index.replace(first, []);
    expect(index.find(workspace)).toBeUndefined();
  });

  it('follows a workspace to the server that it was moved to', () => {
    const index = new ContainerIndex();
    confirmed(index, first, [listed('old', 'exited')]);
    index.note({ workspaceId: workspace, serverId: second, containerId: 'new', state: 'running' });
    index.confirm(first, index.replace(first, [listed('old', 'exited')]), ['old']);
    expect(index.find(workspace)?.containerId).toBe('new');
    expect(index.count('running')).toBe(1);
    index.forgetServer(second);
    expect(index.find(workspace)).toBeUndefined();
  });

  it('believes no server that says it has a workspace of another', () => {
    const index = new ContainerIndex();
    index.replace(second, [listed('lie')]);
    expect(index.find(workspace)).toBeUndefined();
    expect(index.list('running')).toEqual([]);
    confirmed(index, first, [listed('true', 'exited')]);
    index.confirm(second, index.replace(second, [listed('lie')]), ['lie']);
    expect(index.find(workspace)).toMatchObject({ serverId: first, containerId: 'true' });
    // Not between a listing and what api says of it either, and not as a slot.
    index.replace(second, [listed('lie')]);
    index.learnOwner(first, 'k', workspace);
    index.replace(second, [slot('podex-slot-k')]);
    expect(index.find(workspace)).toMatchObject({ serverId: first, containerId: 'true' });
    expect(index.list('running')).toEqual([]);
  });

  it('lets nobody into a container that its workspace has left, also on its own server', () => {
    const index = new ContainerIndex();
    confirmed(index, second, [listed('new')]);
    // A server that was away is back, before and after api has said whose this is.
    const returned = index.replace(first, [listed('left')]);
    expect(index.find(workspace)?.containerId).toBe('new');
    index.confirm(first, returned, ['left']);
    expect(index.find(workspace)?.containerId).toBe('new');
    index.forgetServer(second);
    index.replace(first, [listed('left')]);
    expect(index.find(workspace)).toBeUndefined();
    expect(index.list('running')).toEqual([]);
  });

  it('keeps to a container that was started after the listing that api confirms', () => {
    const index = new ContainerIndex();
    const listing = index.replace(first, [listed('old', 'exited')]);
    index.note({ workspaceId: workspace, serverId: first, containerId: 'new', state: 'running' });
    index.confirm(first, listing, []);
    expect(index.find(workspace)?.containerId).toBe('new');
  });

  it('finds nobody in a slot of the pool, until it learns whose it is, and from then on by its name', () => {
    const index = new ContainerIndex();
    expect(index.replace(first, [slot('podex-slot-k')])).toMatchObject({
      places: [],
      slots: [{ poolId: 'p', storageKey: 'k', containerId: 's', state: 'running', isStray: false }],
    });
    expect(index.list('running')).toEqual([]);
    index.learnOwner(first, 'k', workspace);
    expect(index.find(workspace)).toMatchObject({ serverId: first, containerId: 's', state: 'running' });
    expect(index.slotsOf(first)).toEqual([]);
    // A listing that was taken before it was renamed.
    index.replace(first, [slot('podex-slot-k', 'exited')]);
    expect(index.find(workspace)?.state).toBe('exited');
    // Another compute learns it from the name.
    const other = new ContainerIndex();
    confirmed(other, first, [slot(`podex-${workspace}`)]);
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
