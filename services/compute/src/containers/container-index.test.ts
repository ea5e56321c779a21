import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../docker/containers.ts';
import { LABEL_WORKSPACE_ID } from '../docker/labels.ts';
import { ContainerIndex } from './container-index.ts';

const workspace = newId('workspace');
const [first, second] = [newId('server'), newId('server')];

function listed(id: string, state: ContainerState = 'running', label: string = workspace) {
  return { id, state, createdAtMs: 0, labels: { [LABEL_WORKSPACE_ID]: label } };
}

describe('ContainerIndex', () => {
  it('knows what was listed last, and leaves out what is no workspace’s', () => {
    const index = new ContainerIndex();
    expect(index.replace(first, [listed('a'), listed('b', 'running', 'somebody else’s')])).toHaveLength(1);
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
});
