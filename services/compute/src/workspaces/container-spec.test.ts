import { WORKSPACE_SIZES, workspaceSize } from '@podex/contracts/workspaces';
import { describe, expect, it } from 'vitest';
import { settingsOf, taskOf } from '../../testing/builders.ts';
import { macAddressOf } from '../egress/policy-rules.ts';
import { CONTAINER_PROTOCOL, workspaceContainerSpec } from './container-spec.ts';

const runtime = { name: 'podex-runtime-abc', version: 'abc' };
const { id } = taskOf();
const STORAGE = '/mnt/data/workspaces';
/** What would change Node, empty. */
const ENVIRONMENT = [
  ...['NODE_OPTIONS=', 'NODE_PATH=', 'NODE_COMPILE_CACHE=', 'NODE_ICU_DATA='],
  ...['NODE_REDIRECT_WARNINGS=', 'NODE_V8_COVERAGE='],
];

/** What network policies know it by; engines of either age take it. */
const CARD = { MacAddress: macAddressOf('k-1') };

function specOf(
  { name = 'Shop frontend', ...fields }: { name?: string; size?: 'small' | 'medium' | 'large' } = {},
  settings = settingsOf(),
) {
  const workspace = {
    owner: { id, name },
    image: 'debian:12',
    size: 'small' as const,
    storageKey: 'k-1',
    maxProcesses: 4096,
  };
  return workspaceContainerSpec({ ...workspace, ...fields }, runtime, settings);
}

describe('workspaceContainerSpec', () => {
  // A change that adds a capability, a mount, a device or a variable has to say so here.
  it('is this and nothing else', () => {
    expect(specOf()).toEqual({
      name: `podex-${id}`,
      MacAddress: CARD.MacAddress,
      NetworkingConfig: { EndpointsConfig: { podex: CARD } },
      Image: 'debian:12',
      Entrypoint: ['/opt/podex/start'],
      Cmd: ['/opt/podex/node', '--disable-sigusr1', '/opt/podex/daemon.js'],
      Env: ENVIRONMENT,
      User: '0:0',
      WorkingDir: '/',
      Hostname: 'shop-frontend',
      Tty: false,
      StopSignal: 'SIGTERM',
      StopTimeout: 10,
      Healthcheck: { Test: ['NONE'] },
      Labels: {
        'podex.workspace': 'true',
        'dev.podex.workspace-id': id,
        'dev.podex.storage-key': 'k-1',
        'dev.podex.image': 'debian:12',
        'dev.podex.size': 'small',
        'dev.podex.version': 'abc',
        'dev.podex.protocol': CONTAINER_PROTOCOL,
      },
      HostConfig: {
        Runtime: 'runsc',
        Init: true,
        Mounts: [
          { Type: 'bind', Source: `${STORAGE}/k-1/home`, Target: '/home/dev', ReadOnly: false },
          { Type: 'bind', Source: `${STORAGE}/k-1/state`, Target: '/var/lib/podex', ReadOnly: false },
          { Type: 'volume', Source: 'podex-runtime-abc', Target: '/opt/podex', ReadOnly: true },
          {
            Type: 'bind',
            Source: `${STORAGE}/.podex/resolv.conf`,
            Target: '/etc/resolv.conf',
            ReadOnly: true,
          },
        ],
        NetworkMode: 'podex',
        CapDrop: ['ALL'],
        CapAdd: [
          ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE'],
          ...['SETFCAP', 'SETGID', 'SETUID', 'SYS_CHROOT'],
        ],
        Privileged: false,
        NanoCpus: 1_000_000_000,
        Memory: 2_147_483_648,
        MemorySwap: 2_147_483_648,
        PidsLimit: 8192,
        ShmSize: 268_435_456,
        Tmpfs: { '/tmp': 'size=1024m,mode=1777,exec,nosuid,nodev' },
        Ulimits: [
          { Name: 'nofile', Soft: 1_048_576, Hard: 1_048_576 },
          { Name: 'nproc', Soft: 4096, Hard: 4096 },
        ],
        IpcMode: 'private',
        CgroupnsMode: 'private',
        PublishAllPorts: false,
        RestartPolicy: { Name: 'no' },
        LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
      },
    });
  });

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
    expect(JSON.stringify(spec)).not.toMatch(/Ports|docker\.sock/);
    for (const variable of spec.Env ?? []) expect(variable).toMatch(/^NODE_[A-Z0-9_]+=$/);
    expect(spec.Env).toContain('NODE_OPTIONS=');
  });

  it('runs the daemon whatever the image would run', () => {
    const spec = specOf();
    expect([...spec.Entrypoint, ...spec.Cmd]).toEqual([
      '/opt/podex/start',
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
      maxProcesses: 4096,
    };
    const { name, Hostname, Labels, ...slot } = workspaceContainerSpec(container, runtime, settingsOf());
    expect({ name, Hostname }).toEqual({ name: 'podex-slot-k-1', Hostname: 'workspace' });
    expect(Labels).toMatchObject({ 'podex.slot': 'p-1', 'dev.podex.storage-key': 'k-1' });
    expect(Labels).not.toHaveProperty('dev.podex.workspace-id');
    expect(specOf()).toMatchObject(slot);
  });

  it('has its files made by the engine only where nothing else makes them', () => {
    const workspace = {
      owner: { id, name: 'x' },
      image: 'debian:12',
      size: 'small' as const,
      storageKey: 'k-1',
      maxProcesses: 4096,
    };
    const { HostConfig: host } = workspaceContainerSpec(
      { ...workspace, makesFolders: true },
      runtime,
      settingsOf(),
    );
    expect(host.Binds).toEqual([
      '/mnt/data/workspaces/k-1/home:/home/dev',
      '/mnt/data/workspaces/k-1/state:/var/lib/podex',
    ]);
    expect(host.Mounts?.map(({ Target }) => Target)).toEqual(['/opt/podex', '/etc/resolv.conf']);
  });

  it('says to its daemon whether its disk is its own', () => {
    const container = { owner: { poolId: 'p-1' }, image: 'debian:12', size: 'small' as const };
    const disk = { storageKey: 'k-1', maxProcesses: 4096, hasOwnDisk: true };
    expect(workspaceContainerSpec({ ...container, ...disk }, runtime, settingsOf()).Cmd).toEqual([
      ...specOf().Cmd,
      '--own-disk',
    ]);
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
