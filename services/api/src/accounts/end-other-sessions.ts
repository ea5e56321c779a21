import type { HookContext } from './auth-hooks.ts';

/** Ends all sessions of a user but the one that the request is made in, which may have got a new row with it. */
export async function endOtherSessions(context: HookContext): Promise<void> {
  const { newSession, session, internalAdapter } = context.context;
  const kept = newSession ?? session;
  if (kept === null) return;
  const sessions = await internalAdapter.listSessions(kept.user.id);
  const others = sessions.map(({ token }) => token).filter((token) => token !== kept.session.token);
  if (others.length > 0) await internalAdapter.deleteSessions(others);
}
