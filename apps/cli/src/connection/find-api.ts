import { registration } from '@podex/contracts/settings';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';

const TIMEOUT_MS = 15_000;
const SETTINGS = /window\.__PODEX_ENV=(\{.*?\});/;
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** What the page tells browsers of api. */
const pageSettings = z.object({ apiUrl: z.url().nullable(), apiPort: z.number().int() });

/**
 * Where api answers, given its own address or that of the page.
 *
 * @throws CliError when there is no Podex.
 */
export async function findApi(url: string): Promise<string> {
  const given = URL.parse(url);
  if (given === null || !/^https?:$/.test(given.protocol)) {
    throw new CliError(`${url} is no address`, {
      cure: 'write it as in https://podex.example.com',
      exitCode: EXIT.usage,
    });
  }
  if (await isApi(given.origin)) return given.origin;
  const api = await readPage(given);
  if (api !== undefined && (await isApi(api))) return api;
  throw new CliError(`There is no Podex at ${given.origin}`, {
    cure: 'give the address under which you open its page',
    exitCode: EXIT.notRunning,
  });
}

async function isApi(origin: string): Promise<boolean> {
  const text = await read(`${origin}/api/registration`);
  return registration.safeParse(parse(text)).success;
}

/** Api’s origin as the page knows it; never one that a page over https leads to in the clear. */
async function readPage(page: URL): Promise<string | undefined> {
  const text = await read(`${page.origin}/env.js`);
  const settings = pageSettings.safeParse(parse(SETTINGS.exec(text ?? '')?.[1])).data;
  if (settings === undefined) return undefined;
  const { origin, protocol, hostname } = new URL(
    settings.apiUrl ?? `${page.protocol}//${page.hostname}:${settings.apiPort}`,
  );
  const isInTheClear = page.protocol === 'https:' && protocol !== 'https:' && !LOOPBACK.test(hostname);
  return isInTheClear ? undefined : origin;
}

async function read(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

function parse(text: string | undefined): unknown {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    return parsed;
  } catch {
    return undefined;
  }
}
