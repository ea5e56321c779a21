import { PodexError } from '@podex/contracts/errors';
import { Background } from '@podex/service-kit/background';
import { createLogger } from '@podex/service-kit/logger';
import { describe, expect, it } from 'vitest';
import { serverRecordOf, settingsOf } from '../../testing/builders.ts';
import { ScriptedEngine } from '../../testing/scripted-engine.ts';
import type { PullOptions } from '../docker/images.ts';
import { NetworkPolicies } from '../egress/network-policies.ts';
import { WALL_TRIES } from '../egress/probe-targets.ts';
import { createResolveHosts } from '../egress/resolve-hosts.ts';
import { ImagePulls } from '../engine-jobs/image-pulls.ts';
import { RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import { type Preflight, runPreflight } from './preflight.ts';
import { afterPreflight, nextProbe, UNKNOWN_HEALTH } from './server-health.ts';

const { signal } = new AbortController();
const GVISOR =
  '[kernel]\n[    0.000000] Starting gVisor...\n[storage]\npodex\n[space]\n/dev/x 104857600 52428800 52428800 50% /storage\n[inodes]\n/dev/x 1000 100 900 10% /storage\n';

/** Beside compute, with what the scripted engine has. */
const LOCAL = serverRecordOf({
  docker_socket: '/none',
  total_cpu: 8,
  total_memory_mb: 16_384,
  total_disk_gb: 100,
});

async function check(
  engine: ScriptedEngine,
  settings = settingsOf(),
  record = LOCAL,
  onProgress?: Preflight['onProgress'],
) {
  const logger = createLogger({ service: 'test', level: 'silent' });
  const build = async () => ({ version: 'v1', directory: import.meta.dirname });
  const runtimes = new RuntimeVolumes({ build, settings, logger });
  const open = async () => engine;
  const policies = new NetworkPolicies({
    api: { readNetworkPolicies: async () => ({ revision: 1, items: [] }) },
    settings,
    resolveHosts: createResolveHosts(runtimes, settings),
    engineOf: open,
    onRefused: () => undefined,
    background: new Background(logger),
    logger,
  });
  return runPreflight(
    {
      ...{ record, open, settings, images: new ImagePulls(), runtimes, policies, onProgress, pullWaitMs: 50 },
      ...{ disks: { probe: async () => DISKS }, limits: 'auto' },
    },
    signal,
  );
}

const DISKS = { driver: 'loop', canMount: true, limitsSystem: false, reason: '' } as const;

/** Its pull goes on for longer than a preflight waits. */
class PullingEngine extends ScriptedEngine {
  readonly #percent: number;

  constructor(percent: number) {
    super({ images: {} });
    this.#percent = percent;
  }

  override async pullImage(_reference: string, { onProgress }: PullOptions = {}): Promise<void> {
    onProgress?.(this.#percent);
    await new Promise(() => undefined);
  }
}

function failuresOf(report: Awaited<ReturnType<typeof check>>): string[] {
  return report.checks.filter(({ ok }) => !ok).map(({ name }) => name);
}

describe('runPreflight', () => {
  it('passes a server that runs gVisor and can be written', async () => {
    const report = await check(new ScriptedEngine({ oneOffOutput: GVISOR }));
    expect(report).toMatchObject({ outcome: 'ready', reason: null });
    expect(report.checks.map(({ name }) => name)).toEqual([
      ...['engine', 'engine_version', 'clock', 'image', 'runtime', 'storage', 'disk', 'capacity', 'quota'],
      'egress_rules',
      ...WALL_TRIES,
      ...['resolver', 'internet'],
    ]);
    expect(report.facts).toMatchObject({ sandbox_kernel: 'Starting gVisor...', architecture: 'x86_64' });
    expect(report.checks.find(({ name }) => name === 'disk')?.detail).toContain('50 of 100 GB free (50 %)');
    expect(report.checks.filter(({ warning }) => warning)).toEqual([]);
  });

  it('leaves no container behind', async () => {
    const engine = new ScriptedEngine({ oneOffOutput: GVISOR });
    await check(engine);
    expect(engine.containerCount).toBe(0);
  });

  it('finds a runtime out that only has the name', async () => {
    const engine = new ScriptedEngine({
      oneOffOutput: GVISOR.replace('[    0.000000] Starting gVisor...', '[    0.000000] Linux version 6.8.0'),
    });
    const report = await check(engine);
    expect(report.outcome).toBe('unfit');
    expect(report.reason).toContain('Linux version 6.8.0');
  });

  it('finds a name out that stands for another program, without running it', async () => {
    const engine = new ScriptedEngine({ info: { runtimes: { runc: 'runc', runsc: '/usr/bin/runc' } } });
    expect(failuresOf(await check(engine))).toEqual(['runtime', 'storage', 'disk', 'quota']);
    expect(engine.started).toEqual([]);
  });

  it('refuses an engine that would run the container under another runtime, without starting it', async () => {
    const engine = new ScriptedEngine({ oneOffOutput: GVISOR, runtimeOfContainers: 'runc' });
    const report = await check(engine);
    expect(report.outcome).toBe('unfit');
    expect(report.reason).toContain('runc');
    expect(engine.started).toEqual([]);
    expect(engine.containerCount).toBe(0);
  });

  it('says that gVisor is not registered', async () => {
    const report = await check(new ScriptedEngine({ info: { runtimes: { runc: 'runc' } } }));
    expect(report.reason).toContain('no runtime named runsc');
  });

  it('says why the storage cannot be written', async () => {
    const report = await check(
      new ScriptedEngine({ oneOffOutput: GVISOR.replace('\npodex\n', '\n/bin/sh: Read-only file system\n') }),
    );
    expect(failuresOf(report)).toEqual(['storage']);
    expect(report.reason).toContain('Read-only file system');
  });

  it('refuses a clock that is far off and an engine that is too old', async () => {
    expect(
      failuresOf(await check(new ScriptedEngine({ oneOffOutput: GVISOR, info: { clockSkewMs: -60_000 } }))),
    ).toEqual(['clock']);
    expect(
      failuresOf(await check(new ScriptedEngine({ oneOffOutput: GVISOR, info: { apiVersion: '1.9' } }))),
    ).toEqual(['engine_version']);
  });

  it('says that the image cannot be pulled', async () => {
    const failure = new PodexError('image_not_available', 'The image is not on ws1.', { image: 'x' });
    const report = await check(new ScriptedEngine({ images: {}, pullFailure: failure }));
    expect(failuresOf(report)).toEqual(['image', 'runtime', 'storage', 'disk', 'quota']);
    expect(report.reason).toBe('The image is not on ws1.');
  });

  it('says how far the pull of the image has come, and is asked again soon', async () => {
    const engine = new PullingEngine(42);
    const report = await check(engine);
    expect(report).toMatchObject({ outcome: 'unfit', isPulling: true });
    expect(report.reason).toBe('Pulling podex/workspace:latest … 42 %. Wait for it.');
    const health = afterPreflight(UNKNOWN_HEALTH, report, 0);
    expect([nextProbe(health, 2_000), nextProbe(health, 3_000)]).toEqual(['ping', 'preflight']);
  });

  it('touches nothing on another engine than the registered one', async () => {
    const engine = new ScriptedEngine({ oneOffOutput: GVISOR });
    const record = serverRecordOf({ engine_id: 'ANOTHER' });
    const report = await check(engine, settingsOf(), record);
    expect(failuresOf(report)).toEqual(['engine_identity']);
    expect(report).toMatchObject({
      outcome: 'unfit',
      reason: expect.stringContaining('podex servers check ws-1'),
    });
    expect([engine.started, engine.createdNetworks]).toEqual([[], []]);
  });

  it('tells what it has found while it goes on', async () => {
    const counts: number[] = [];
    const report = await check(new ScriptedEngine({ oneOffOutput: GVISOR }), settingsOf(), LOCAL, (checks) =>
      counts.push(checks.length),
    );
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    expect(counts.length).toBeGreaterThan(2);
    expect(counts.at(-1)).toBe(report.checks.length);
  });

  it('takes a server whose disk is nearly full, with a warning as its reason', async () => {
    const full = GVISOR.replace('104857600 52428800 52428800', '104857600 99614720 5242880');
    const report = await check(new ScriptedEngine({ oneOffOutput: full }));
    expect(report).toMatchObject({
      outcome: 'ready',
      reason: expect.stringContaining('5 of 100 GB free (5 %)'),
    });
  });

  it('tells a server that does not respond from one that is unfit', async () => {
    const failure = new PodexError('server_unreachable', 'Cut off. Mend the network.', {});
    const report = await check(new ScriptedEngine({ failure }));
    expect(report).toMatchObject({
      outcome: 'unreachable',
      reason: 'Cut off. Mend the network.',
      facts: null,
    });
  });

  it('refuses a server on which a workspace reaches what it must not, and names it', async () => {
    const reached = [{ check: 'egress_metadata', host: '169.254.169.254', port: 80 }];
    const report = await check(
      new ScriptedEngine({ oneOffOutput: GVISOR, outputs: { 'wall-probe': probed({ reached }) } }),
    );
    expect(failuresOf(report)).toEqual(['egress_metadata']);
    expect(report.reason).toContain('169.254.169.254:80');
  });

  it('refuses one whose packet filter cannot be set, and tries nothing there', async () => {
    const engine = new ScriptedEngine({
      oneOffOutput: GVISOR,
      oneOffExitCode: 3,
      outputs: { 'wall-rules': 'missing iptables\n' },
    });
    const report = await check(engine);
    expect(failuresOf(report)).toEqual(['egress_rules']);
    expect(report.reason).toContain('iptables is not installed');
    expect(engine.createdNetworks).toEqual([]);
    expect(engine.containerCount).toBe(0);
  });

  it('takes one without the internet, and says so', async () => {
    const engine = new ScriptedEngine({
      oneOffOutput: GVISOR,
      outputs: { 'wall-probe': probed({ world: [] }) },
    });
    const report = await check(engine);
    expect(report.outcome).toBe('ready');
    expect(report.checks.at(-1)).toMatchObject({ name: 'internet', ok: true });
    expect(report.checks.at(-1)?.detail).toMatch(/^Warning: .*check the server’s way out/);
  });

  it('refuses one whose name servers do not respond, or that has none for workspaces', async () => {
    const silent = probed({ resolverFailure: 'ETIMEOUT' });
    const unanswered = await check(
      new ScriptedEngine({ oneOffOutput: GVISOR, outputs: { 'wall-probe': silent } }),
    );
    expect(failuresOf(unanswered)).toEqual(['resolver']);
    expect(unanswered.reason).toContain('Set COMPUTE_DNS_SERVERS');
    const onlyIpv6 = await check(
      new ScriptedEngine({ oneOffOutput: GVISOR }),
      settingsOf({ dnsServers: ['2606:4700:4700::1111'] }),
    );
    expect(failuresOf(onlyIpv6)).toEqual(['egress_rules']);
  });

  it('gives workspaces the network and the rules even while its clock is wrong', async () => {
    const engine = new ScriptedEngine({ oneOffOutput: GVISOR, info: { clockSkewMs: -60_000 } });
    await check(engine);
    expect(engine.createdNetworks).toHaveLength(1);
  });
});

/** What the probe of a good server says, with differences. */
function probed(fields: object): string {
  const good = { reached: [], world: [], resolvers: ['10.1.0.53'], resolverFailure: null };
  return `${JSON.stringify({ ...good, ...fields })}\n`;
}
