/** Runs once, before the first request. */
export async function register(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: Next puts the runtime in here when it builds, and leaves out what the other cannot run.
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { requireGoodEnvironment } = await import('./require-good-environment.ts');
  requireGoodEnvironment();
}
