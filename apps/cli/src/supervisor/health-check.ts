import { type Health, health } from '@podex/contracts/health';

const REQUEST_TIMEOUT_MS = 4_000;

/** What a service said about itself, or why it said nothing. */
export type HealthAnswer =
  | { kind: 'healthy'; health: Health | undefined }
  | { kind: 'unhealthy'; problem: string; health: Health | undefined }
  | { kind: 'silent'; problem: string };

/** Asks once; without the token a service says only what is down, not why. Never throws, except with the signal's reason. */
export async function askHealth(
  url: string,
  { token, signal }: { token?: string | undefined; signal?: AbortSignal } = {},
): Promise<HealthAnswer> {
  let response: Response;
  let body: unknown;
  try {
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    response = await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    body = await response.json().catch(() => undefined);
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'silent', problem: describeSilence(error) };
  }
  const parsed = health.safeParse(body);
  const report = parsed.success ? parsed.data : undefined;
  if (response.ok) return { kind: 'healthy', health: report };
  return { kind: 'unhealthy', problem: describeHealth(report, response.status), health: report };
}

/** The dependencies that are down, in one line. */
export function describeHealth(report: Health | undefined, status: number): string {
  const down = Object.entries(report?.dependencies ?? {}).filter(([, dependency]) => !dependency.ok);
  if (down.length === 0) return `answers ${status}`;
  return down.map(([name, { detail }]) => (detail ? `${name}: ${detail}` : `${name} is down`)).join('; ');
}

function describeSilence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${REQUEST_TIMEOUT_MS / 1000} s`;
  const cause = error.cause;
  return cause instanceof Error && cause.message ? cause.message : error.message;
}
