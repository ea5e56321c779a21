import { withQuery } from '@podex/contracts/query';

/** Every address of the page, in one place. */
export const paths = {
  workspaces: () => '/workspaces',
  workspace: (workspaceId: string) => `/workspaces/${workspaceId}`,
  teams: () => '/teams',
  team: (teamId: string) => `/teams/${teamId}`,
  servers: () => '/servers',
  server: (serverId: string) => `/servers/${serverId}`,
  people: () => '/people',
  settings: () => '/settings',
  device: () => '/device',
  account: () => '/account',
  audit: () => '/audit',
  usage: () => '/usage',
  signIn: (next?: string) => withQuery('/sign-in', { next }),
  signUp: () => '/sign-up',
  forgotPassword: () => '/forgot-password',
} as const;

const SOME_ORIGIN = 'https://page.invalid';

/** Where to go after sign-in: a path of this page and nothing else, whatever the address bar says. */
export function safeNextPath(next: string | null): string {
  // As a browser reads it: without tabs and line breaks, `\` as `/`, and dots taken out.
  const url = next?.startsWith('/') ? URL.parse(next, SOME_ORIGIN) : null;
  if (url === null || url.origin !== SOME_ORIGIN || url.pathname.startsWith('//')) return paths.workspaces();
  return `${url.pathname}${url.search}${url.hash}`;
}
