import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../testing/builders.ts';
import { freezerSpec } from './freezer-container.ts';

describe('the helper that freezes', () => {
  it('has no network, no capability, nothing it can write but the freezer’s control groups', () => {
    const spec = freezerSpec({ cgroupVersion: '1' }, settingsOf());
    expect(spec.HostConfig).toMatchObject({
      Runtime: 'runc',
      Binds: [],
      Mounts: [{ Source: '/sys/fs/cgroup/freezer', Target: '/server/groups', ReadOnly: false }],
      CapDrop: ['ALL'],
      CapAdd: [],
      NetworkMode: 'none',
      IpcMode: 'private',
      Privileged: false,
      ReadonlyRootfs: true,
      SecurityOpt: ['no-new-privileges', 'label=disable'],
    });
    expect(spec.NetworkDisabled).toBe(true);
  });

  it('counts neither as a workspace nor as a container that is soon removed', () => {
    const { Labels } = freezerSpec({ cgroupVersion: '2' }, settingsOf());
    expect(Object.keys(Labels)).toEqual(['dev.podex.freezer']);
  });
});
