import { team } from '@podex/contracts/access';
import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { isSharedWithMe, teamsToUse, whoseOf } from './sharing.ts';

const make = (name: string, role: string) =>
  team.parse({
    id: newId('team'),
    name,
    role,
    members: 2,
    workspaces: 1,
    labels: {},
    created_at: '2026-11-01T10:00:00Z',
  });
const shop = make('Web shop', 'member');
const docs = make('Docs', 'viewer');

describe('sharing', () => {
  it('says nothing about one’s own, and whose it is of the rest', () => {
    expect(whoseOf({ team_id: null, relation: 'owner' }, [shop])).toBeUndefined();
    expect(whoseOf({ team_id: shop.id, relation: 'editor' }, [shop])).toBe('Web shop · Editor');
    expect(whoseOf({ team_id: null, relation: 'viewer' }, [shop])).toBe('Shared with you · Viewer');
  });

  it('knows a share of a team’s workspace from what a member has', () => {
    expect(isSharedWithMe({ team_id: docs.id, relation: 'viewer' }, [docs])).toBe(false);
    expect(isSharedWithMe({ team_id: docs.id, relation: 'viewer' }, [shop])).toBe(true);
    expect(isSharedWithMe({ team_id: null, relation: 'owner' }, [shop])).toBe(false);
  });

  it('offers no team in which one is a viewer', () => {
    expect(teamsToUse([shop, docs])).toEqual([shop]);
  });
});
