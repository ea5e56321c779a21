import type { DependencyHealth, Health } from '@podex/contracts/health';
import { loadConfig } from './config.ts';

const CHECK_TIMEOUT_MS = 3_000;

/** The page does nothing without api, so api down is web down. Anyone may read this: addresses and causes go into the log. Asked at its public address, as the browser does. */
export async function reportHealth(): Promise<Health> {
  const { apiUrl, apiPort, ownAddress } = loadConfig();
  const api = await checkApi(`${apiUrl ?? `http://${ownAddress}:${apiPort}`}/health`);
  return {
    ok: api.ok,
    service: 'web',
    uptime_seconds: Math.round(process.uptime()),
    dependencies: { api },
  };
}

export async function healthResponse(): Promise<Response> {
  const report = await reportHealth();
  return Response.json(report, { status: report.ok ? 200 : 503, headers: { 'cache-control': 'no-store' } });
}

/** Whether api responds at all. api reports its own dependencies itself. */
async function checkApi(url: string): Promise<DependencyHealth> {
  try {
    await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
    return { ok: true };
  } catch (error) {
    process.stderr.write(`web: Can't reach ${url}: ${causeOf(error)}\n`);
    return { ok: false };
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
