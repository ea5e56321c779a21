import { durableEvent } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import { type Workspace, workspace } from '@podex/contracts/workspaces';
import { describe, expect, it } from 'vitest';
import { applyWorkspaceEvent, applyWorkspaceEventToList } from './apply-workspace-event.ts';

const AT = '2026-11-01T10:00:00Z';

function make(change: Partial<Workspace> = {}): Workspace {
  return workspace.parse({
    id: newId('workspace'),
    name: 'shop',
    owner_id: newId('user'),
    team_id: null,
    relation: 'owner',
    desired_status: 'running',
    status: 'creating',
    reason: null,
    server_id: null,
    region: null,
    region_match: 'required',
    labels: {},
    size: 'small',
    image: 'podex/workspace',
    git_url: null,
    branch: null,
    setup: null,
    ports: [],
    created_at: AT,
    last_active_at: AT,
    stops_at: null,
    idle_timeout_seconds: null,
    network_mode: 'open',
    auto_start: true,
    started_from: 'cold',
    daemon_update: null,
    ...change,
  });
}

function changed(id: string, change: object) {
  const body = {
    type: 'workspace.changed',
    workspace_id: id,
    desired_status: 'running',
    reason: null,
    ...change,
  };
  return durableEvent.parse({ seq: 1, at: AT, ...body });
}

describe('applyWorkspaceEvent', () => {
  it('takes status, wish and reason from the event and keeps the rest', () => {
    const shop = make();
    const after = applyWorkspaceEvent(shop, changed(shop.id, { status: 'failed', reason: 'no image' }));
    expect(after).toEqual({ ...shop, status: 'failed', reason: 'no image' });
  });

  it('takes whether its daemon is to be updated from the event, and keeps it when the event tells nothing', () => {
    const shop = make({ daemon_update: 'at_next_start' });
    const plain = { status: 'creating', reason: null };
    expect(applyWorkspaceEvent(shop, changed(shop.id, plain))).toBe(shop);
    expect(applyWorkspaceEvent(shop, changed(shop.id, { ...plain, daemon_update: null }))).toEqual({
      ...shop,
      daemon_update: null,
    });
  });

  it('takes the state of its setup from the event, and keeps it when the event tells none', () => {
    const failed = { step: 'clone' as const, status: 'failed' as const, reason: 'private' };
    const shop = make({ setup: { ...failed, status: 'running', reason: null } });
    const after = applyWorkspaceEvent(shop, changed(shop.id, { status: 'creating', setup: failed }));
    expect(after).toEqual({ ...shop, setup: failed });
    const same = changed(shop.id, { status: 'creating', setup: { ...failed } });
    expect(applyWorkspaceEvent(after, same)).toBe(after);
    expect(applyWorkspaceEvent(after, changed(shop.id, { status: 'creating' }))).toBe(after);
  });

  it('takes the time of its idle stop from the event', () => {
    const shop = make({ stops_at: AT });
    const later = '2026-11-01T12:00:00Z';
    expect(
      applyWorkspaceEvent(shop, changed(shop.id, { status: 'creating', stops_at: later })).stops_at,
    ).toBe(later);
  });

  it('is the same object when the event says nothing new or is about another', () => {
    const shop = make();
    expect(applyWorkspaceEvent(shop, changed(shop.id, { status: 'creating' }))).toBe(shop);
    expect(applyWorkspaceEvent(shop, changed(newId('workspace'), { status: 'stopped' }))).toBe(shop);
  });
});

describe('applyWorkspaceEventToList', () => {
  it('changes one and takes away one that is gone', () => {
    const shop = make();
    const docs = make();
    const stopped = applyWorkspaceEventToList([shop, docs], changed(docs.id, { status: 'stopped' }));
    expect(stopped.map(({ status }) => status)).toEqual(['creating', 'stopped']);
    expect(applyWorkspaceEventToList([shop, docs], changed(shop.id, { status: 'deleted' }))).toEqual([docs]);
  });
});
