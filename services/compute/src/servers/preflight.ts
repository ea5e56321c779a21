import type { ServerRecord } from '@podex/contracts/internal/compute';
import type { ServerCheck, ServerFacts } from '@podex/contracts/servers';
import type { DiskLimits } from '@podex/contracts/settings';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import type { EngineInfo } from '../docker/system.ts';
import type { NetworkPolicies } from '../egress/network-policies.ts';
import { raiseWall } from '../egress/wall.ts';
import type { ImagePulls } from '../engine-jobs/image-pulls.ts';
import type { RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import type { DiskSupport } from '../storage/disk-support.ts';
import type { Disks } from '../storage/disks.ts';
import { type CertificateDates, checkCertificates } from './certificate-checks.ts';
import { describe, fail, reasonOf } from './checks.ts';
import { checkDiskLimits, quotaFact } from './disk-checks.ts';
import { checkCapacity, checkEngine } from './engine-checks.ts';
import { checkImage } from './image-check.ts';
import { type Probe, probeSandbox } from './sandbox-probe.ts';
import { identityOf } from './server-address.ts';
import type { PreflightReport } from './server-health.ts';
import { gbOf } from './storage-checks.ts';

export interface Preflight {
  record: ServerRecord;
  /** The connection that compute works with; a new one when there is none. */
  open: () => Promise<Engine>;
  settings: ContainerSettings;
  images: ImagePulls;
  runtimes: RuntimeVolumes;
  policies: Pick<NetworkPolicies, 'raise'>;
  disks: Pick<Disks, 'probe'>;
  /** Whether workspaces are held to the size of their disk. */
  limits: DiskLimits;
  /** Tries whether containers that rest can be frozen. */
  checkFreezer?: (serverId: string, signal: AbortSignal) => Promise<ServerCheck>;
  /** How long it waits for an image that is pulled. */
  pullWaitMs?: number;
  /** What has been found so far, while the rest is still tried. */
  onProgress?: ((checks: readonly ServerCheck[]) => void) | undefined;
}

/**
 * Looks a server over: certificates, engine, clock, image, and with a short-lived container under the configured runtime that this really
 * is gVisor and that the storage can be written. Then it raises the network wall around workspaces and tries it from inside. Every failure
 * says cause and cure. Does not throw for what the server does.
 */
export async function runPreflight(preflight: Preflight, signal: AbortSignal): Promise<PreflightReport> {
  const { record, open, settings, disks, limits, onProgress } = preflight;
  const checks: ServerCheck[] = [];
  const add = (...found: readonly ServerCheck[]) => {
    checks.push(...found.map(asWarning));
    onProgress?.(checks);
  };
  const certificates = await certificatesOf(record, signal);
  add(...certificates.checks);
  let engine: Engine;
  let info: EngineInfo;
  try {
    engine = await open();
    info = await engine.readInfo({ signal });
  } catch (error) {
    signal.throwIfAborted();
    if (reasonOf(checks.filter(({ ok }) => !ok)) === null) checks.push(fail('engine', describe(error)));
    const reason = reasonOf(checks.filter(({ ok }) => !ok));
    return { outcome: 'unreachable', reason, checks, facts: null, certificates: certificates.dates };
  }
  add(...checkEngine(info, record));
  const report = (probe?: Probe, isPulling = false, support?: DiskSupport): PreflightReport => ({
    outcome: checks.every(({ ok }) => ok) ? 'ready' : 'unfit',
    reason: reasonOf(checks),
    checks,
    facts: factsOf(info, { probe, support }, certificates.dates),
    certificates: certificates.dates,
    isPulling,
  });
  // What is on another engine is nobody’s business.
  if (isStranger(checks)) return report();
  const image = await checkImage({ ...preflight, engine, reference: settings.defaultImage }, signal);
  add(image.check);
  const probe = await probeSandbox({ engine, settings, info }, image.check.ok, signal);
  const support = probe.isGvisor ? await disks.probe(engine, signal) : undefined;
  const diskGb = probe.room === undefined ? undefined : gbOf(probe.room.totalKb);
  add(
    ...probe.checks,
    checkCapacity(info, record, diskGb),
    checkDiskLimits(support, { limits, disks: probe.disks }),
  );
  if (preflight.checkFreezer !== undefined && probe.isGvisor) {
    add(await preflight.checkFreezer(record.id, signal));
  }
  // Also on a server with another fault: what runs there already stands on that network.
  if (probe.isGvisor) add(...(await raiseWall({ ...preflight, engine, info }, signal)));
  return report(probe, image.isPulling, support);
}

/** Whether what responds at the address is not the registered server. */
export function isStranger(checks: readonly ServerCheck[]): boolean {
  return checks.some(({ name, ok }) => name === 'engine_identity' && !ok);
}

async function certificatesOf(record: ServerRecord, signal: AbortSignal) {
  const identity = identityOf(record);
  // A server without TLS files says so when it is opened.
  if (identity?.address.kind !== 'tls') return { checks: [], dates: {} };
  return checkCertificates({ ...identity, address: identity.address }, record, signal);
}

function asWarning(check: ServerCheck): ServerCheck {
  return check.ok && check.detail.startsWith('Warning: ') ? { ...check, warning: true } : check;
}

function factsOf(
  info: EngineInfo,
  { probe, support }: { probe: Probe | undefined; support: DiskSupport | undefined },
  dates: CertificateDates,
): ServerFacts {
  const { client, server } = dates;
  const room = probe?.room;
  return {
    engine_version: info.engineVersion,
    api_version: info.apiVersion,
    kernel_version: info.kernelVersion,
    operating_system: info.operatingSystem,
    architecture: info.architecture,
    cpus: info.cpus,
    memory_mb: info.memoryMb,
    sandbox_kernel: probe?.kernel ?? 'unknown',
    quota: quotaFact(support),
    live_restore: info.liveRestore,
    clock_skew_ms: info.clockSkewMs,
    engine_id: info.engineId,
    ...(room === undefined ? {} : { disk_total_gb: gbOf(room.totalKb), disk_free_gb: gbOf(room.freeKb) }),
    ...(client === undefined ? {} : { client_certificate_expires_at: client.toISOString() }),
    ...(server === undefined ? {} : { server_certificate_expires_at: server.toISOString() }),
  };
}
