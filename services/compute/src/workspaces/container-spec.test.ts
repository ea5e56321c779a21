import { WORKSPACE_SIZES, workspaceSize } from '@podex/contracts/workspaces';
import { describe, expect, it } from 'vitest';
import { settingsOf, taskOf } from '../../testing/builders.ts';
import { workspaceContainerSpec } from './container-spec.ts';

const runtime = { name: 'podex-runtime-abc', version: 'abc' };
const { id } = taskOf();

function specOf(
  { name = 'Shop frontend', ...fields }: { name?: string; size?: 'small' | 'medium' | 'large' } = {},
  settings = settingsOf(),
) {
  const workspace = {
    owner: { id, name },
    image: 'debian:12',
    size: 'small' as const,
    storageKey: 'k-1',
  };
  return workspaceContainerSpec({ ...workspace, ...fields }, runtime, settings);
}

describe('workspaceContainerSpec', () => {
  it('is isolated: gVisor, few capabilities, nothing of the server but its own folders', () => {
    const { HostConfig: host, ...spec } = specOf();
    expect(host.Runtime).toBe('runsc');
    expect(host.CapDrop).toEqual(['ALL']);
    for (const risky of [
      'SYS_ADMIN',
      'NET_ADMIN',
      'NET_RAW',
      'SYS_PTRACE',
      'SYS_MODULE',
      'MKNOD',
      'SYSLOG',
      'ALL',
    ]) {
      expect(host.CapAdd).not.toContain(risky);
    }
    expect(host).toMatchObject({ Privileged: false, PublishAllPorts: false, IpcMode: 'private' });
    expect(host.NetworkMode).toBe('podex');
    expect(host.Binds).toEqual([
      '/mnt/data/workspaces/k-1/home:/home/dev',
      '/mnt/data/workspaces/k-1/state:/var/lib/podex',
    ]);
    expect(host.Mounts).toEqual([
      { Type: 'volume', Source: runtime.name, Target: '/opt/podex', ReadOnly: true },
      {
        Type: 'bind',
        Source: '/mnt/data/workspaces/.podex/resolv.conf',
        Target: '/etc/resolv.conf',
        ReadOnly: true,
      },
    ]);
    expect(JSON.stringify(spec)).not.toMatch(/Ports|docker\.sock/);
    for (const variable of spec.Env ?? []) expect(variable).toMatch(/^NODE_[A-Z0-9_]+=$/);
    expect(spec.Env).toContain('NODE_OPTIONS=');
  });

  it('runs the daemon whatever the image would run', () => {
    const spec = specOf();
    expect([...spec.Entrypoint, ...spec.Cmd]).toEqual([
      '/opt/podex/node',
      '--disable-sigusr1',
      '/opt/podex/daemon.js',
    ]);
    expect(spec).toMatchObject({ User: '0:0', Tty: false, Healthcheck: { Test: ['NONE'] } });
    expect(spec.HostConfig.Init).toBe(true);
  });

  it('is limited to its size, without swap', () => {
    for (const size of workspaceSize.options) {
      const { HostConfig: host } = specOf({ size });
      expect(host.NanoCpus).toBe(WORKSPACE_SIZES[size].cpu * 1e9);
      expect(host.Memory).toBe(WORKSPACE_SIZES[size].memory_mb * 1024 * 1024);
      expect(host.MemorySwap).toBe(host.Memory);
      expect(host.PidsLimit).toBeGreaterThanOrEqual(4096);
    }
  });

  it('starts only when the reconciler starts it, and keeps its log small', () => {
    const { HostConfig: host } = specOf();
    expect(host.RestartPolicy).toEqual({ Name: 'no' });
    expect(host.LogConfig.Config).toHaveProperty('max-size');
  });

  it('says in labels what it was made for', () => {
    expect(specOf().Labels).toMatchObject({
      'podex.workspace': 'true',
      'dev.podex.workspace-id': id,
      'dev.podex.version': 'abc',
      'dev.podex.image': 'debian:12',
      'dev.podex.size': 'small',
    });
  });

  it('is the same for a slot of the warm pool, but for its owner', () => {
    const container = {
      owner: { poolId: 'p-1' },
      image: 'debian:12',
      size: 'small' as const,
      storageKey: 'k-1',
    };
    const { name, Hostname, Labels, ...slot } = workspaceContainerSpec(container, runtime, settingsOf());
    expect({ name, Hostname }).toEqual({ name: 'podex-slot-k-1', Hostname: 'workspace' });
    expect(Labels).toMatchObject({ 'podex.slot': 'p-1', 'dev.podex.storage-key': 'k-1' });
    expect(Labels).not.toHaveProperty('dev.podex.workspace-id');
    expect(specOf()).toMatchObject(slot);
  });

  it('takes a cgroup from the settings', () => {
    const { HostConfig: host } = specOf({}, settingsOf({ cgroupParent: '/podex' }));
    expect(host).toMatchObject({ CgroupParent: '/podex' });
  });

  it.each([
    ['Shop frontend', 'shop-frontend'],
    ['Ünïcode_42', 'u-ni-code-42'],
    ['日本', 'workspace'],
    ['a'.repeat(60), 'a'.repeat(60)],
  ])('has a host name a shell can show: %s', (name, hostname) => {
    expect(specOf({ name }).Hostname).toBe(hostname);
  });
});
