import { describe, expect, it } from 'vitest';
import { coversRole, rolesToGive } from './team-roles.ts';

describe('rolesToGive', () => {
  it('gives none above one’s own, and none to who manages nobody', () => {
    expect(rolesToGive('owner')).toEqual(['viewer', 'member', 'admin', 'owner']);
    expect(rolesToGive('admin')).toEqual(['viewer', 'member', 'admin']);
    expect(rolesToGive('member')).toEqual([]);
    expect(rolesToGive('viewer')).toEqual([]);
  });

  it('gives an administrator of Podex all of them', () => {
    expect(rolesToGive(null)).toEqual(['viewer', 'member', 'admin', 'owner']);
    expect(coversRole(null, 'owner')).toBe(true);
  });
});
