/** Every address of the page, in one place. */
export const paths = {
  workspaces: () => '/workspaces',
  workspace: (workspaceId: string) => `/workspaces/${workspaceId}`,
  servers: () => '/servers',
  people: () => '/people',
  settings: () => '/settings',
  audit: () => '/audit',
  signIn: (next?: string) => (next === undefined ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`),
  signUp: () => '/sign-up',
} as const;

/** Where to go after sign-in: a path of this page and nothing else, whatever the address bar says. */
export function safeNextPath(next: string | null): string {
  if (next === null || !next.startsWith('/') || next.startsWith('//') || next.includes('\\'))
    return paths.workspaces();
  return next;
}
