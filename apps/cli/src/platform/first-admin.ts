import path from 'node:path';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from '../state/json-file.ts';
import type { PodexHome } from '../state/podex-home.ts';
import { ownAddress, type PlatformFacts, pageUrl } from './service-settings.ts';

const SIGN_IN_TIMEOUT_MS = 10_000;

const adminFile = z.object({
  email: z.string(),
  /** Null: the operator's own, which is not kept here. */
  password: z.string().nullable(),
});

type AdminFacts = Pick<PlatformFacts, 'home' | 'host' | 'ports' | 'secrets' | 'operator'>;

/** The administrator that the first start made. */
export type FirstAdmin = z.infer<typeof adminFile>;

function adminFilePath(home: PodexHome): string {
  return path.join(home.directory, 'admin.json');
}

/** Undefined before the first start has come up, and where the database had an administrator already. */
export function readFirstAdmin(home: PodexHome): Promise<FirstAdmin | undefined> {
  return readJsonFile(adminFilePath(home), adminFile);
}

/**
 * After api has come up: finds out, by signing in, whether the administrator with our credentials is really
 * there, and keeps them. Undefined when this is not the first start, or the database has another one.
 */
export async function keepFirstAdmin(
  facts: AdminFacts,
  signal: AbortSignal,
): Promise<FirstAdmin | undefined> {
  if (await readFirstAdmin(facts.home)) return undefined;
  const { operator, secrets } = facts;
  const isOwnPassword = operator.ADMIN_PASSWORD !== undefined || operator.ADMIN_PASSWORD_FILE !== undefined;
  const admin: FirstAdmin = {
    email: operator.ADMIN_EMAIL ?? secrets.admin_email,
    password: isOwnPassword ? null : secrets.admin_password,
  };
  if (admin.password !== null && !(await canSignIn(facts, admin.email, admin.password, signal)))
    return undefined;
  await writeJsonFile(adminFilePath(facts.home), admin, 0o600);
  return admin;
}

async function canSignIn(
  facts: AdminFacts,
  email: string,
  password: string,
  signal: AbortSignal,
): Promise<boolean> {
  const api = `http://${ownAddress('api', facts.host)}:${facts.ports.api}/api/auth`;
  const ask = (path: string, body: object, cookie = '') =>
    fetch(`${api}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'podex up',
        origin: new URL(pageUrl(facts)).origin,
        cookie,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(SIGN_IN_TIMEOUT_MS)]),
    });
  const response = await ask('/sign-in/email', { email, password });
  await response.body?.cancel();
  // The session was only to find out: it is not left in the administrator’s list.
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  if (response.ok) await (await ask('/sign-out', {}, cookies.join('; '))).body?.cancel();
  return response.ok;
}
