import { THEME_BOOT_SCRIPT } from '#lib/theme-boot.ts';
import { loadConfig } from '../../config.ts';

export const dynamic = 'force-dynamic';

/**
 * What the page needs before its first paint: where api is, and its colours. The root layout loads it with a blocking script.
 * zod is told not to try `new Function`, which the policy blocks and the console would report.
 */
export function GET(): Response {
  const { apiUrl, wsUrl, apiPort } = loadConfig();
  const settings = { apiUrl: apiUrl ?? null, wsUrl: wsUrl ?? null, apiPort };
  const script = [
    `window.__PODEX_ENV=${JSON.stringify(settings)};`,
    'Object.assign((globalThis.__zod_globalConfig??={}),{jitless:true});',
    THEME_BOOT_SCRIPT,
  ].join('\n');
  return new Response(script, {
    headers: {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-store',
    },
  });
}
