import { PodexError } from '@podex/contracts/errors';
import type { CliConfig } from '../config.ts';
import { type AdminToken, localApiUrl, mintAdminToken } from '../platform/admin-token.ts';
import {
  type AskApi,
  type DownloadFromApi,
  downloadFromApi,
  sendToApi,
  type WithAddress,
} from './api-request.ts';
import { keepToken, readKeptToken } from './kept-admin-token.ts';

/**
 * Runs `work` as the first administrator of this machine. The commands of a machine share one token, kept where the keys are; one that
 * api refuses is replaced. Where nothing can be kept, it lasts as long as `work`.
 *
 * @throws CliError when api does not run here, or refuses.
 */
export async function asAdmin<Result>(
  config: CliConfig,
  work: (ask: AskApi, apiUrl: string, download: DownloadFromApi, withAddress: WithAddress) => Promise<Result>,
): Promise<Result> {
  const apiUrl = await localApiUrl(config);
  const kept = await readKeptToken(config.home);
  let token: AdminToken | undefined = kept && { ...kept, apiUrl };
  let fresh: AdminToken | undefined;
  let isKept = true;

  async function renew(): Promise<AdminToken> {
    fresh = await mintAdminToken(config);
    token = fresh;
    isKept = await keepToken(config.home, fresh);
    // One that was refused for its name alone is good still; any other is not found.
    if (kept !== undefined) await revoke(fresh, kept.id).catch(() => undefined);
    return fresh;
  }
  /** A request that was refused has done nothing, so it can be sent again. */
  async function withToken<Value>(send: (token: AdminToken) => Promise<Value>): Promise<Value> {
    if (token === undefined) return send(await renew());
    try {
      return await send(token);
    } catch (error) {
      if (fresh !== undefined || !isRefused(error)) throw error;
    }
    return send(await renew());
  }

  try {
    return await work(
      ({ schema, ...request }) => withToken(async (good) => schema.parse(await sendToApi(good, request))),
      apiUrl,
      (path) => withToken((good) => downloadFromApi(good, path)),
      withToken,
    );
  } finally {
    if (fresh !== undefined && !isKept) await revoke(fresh, fresh.id);
  }
}

function revoke(as: AdminToken, id: string): Promise<unknown> {
  return sendToApi(as, { method: 'DELETE', path: `/api/tokens/${id}` });
}

/**
 * Revoked, at its end, of another database, of somebody who is no administrator any more; or api answers to another name now, which
 * comes with the token.
 */
const REFUSALS = ['unauthenticated', 'forbidden', 'host_not_allowed'] as const;

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return REFUSALS.some((code) => PodexError.has(cause, code));
}
