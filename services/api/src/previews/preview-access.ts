import { createHash } from 'node:crypto';
import type { PreviewAccess } from '@podex/contracts/previews';
import type { SettingValues } from '@podex/contracts/settings';

/** Below it is what Podex itself responds with at a preview’s host; no program gets such a request. */
export const OWN_PATH = '/.podex/';
/** Leads to Podex’s page and back: for who has to be let in, or would start the workspace. */
export const OPEN_PATH = `${OWN_PATH}open`;
export const CALLBACK_PATH = `${OWN_PATH}callback`;
export const LINK_PARAMETER = 'podex_link';

/** What holds: public is private again where an admin has turned it off. */
export function effectiveAccess(
  row: { access: PreviewAccess } | undefined,
  { preview_public_allowed: isPublicAllowed }: Pick<SettingValues, 'preview_public_allowed'>,
): PreviewAccess {
  const access = row?.access ?? 'private';
  return access === 'public' && !isPublicAllowed ? 'private' : access;
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Path and query, of this host whatever they begin with: two slashes would name another. */
export function ownAddress({ pathname, search }: URL): string {
  return `${pathname.replace(/^\/+/, '/')}${search}`;
}
