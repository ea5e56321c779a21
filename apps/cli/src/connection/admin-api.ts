import type { CliConfig } from '../config.ts';
import { mintAdminToken } from '../platform/admin-token.ts';
import { type AskApi, createAsk, type DownloadFromApi, downloadFromApi, sendToApi } from './api-request.ts';

/**
 * Runs `work` as the first administrator of this machine, with a token that lasts as long as it.
 *
 * @throws CliError when api does not run here, or refuses.
 */
export async function asAdmin<Result>(
  config: CliConfig,
  work: (ask: AskApi, apiUrl: string, download: DownloadFromApi) => Promise<Result>,
): Promise<Result> {
  const token = await mintAdminToken(config);
  try {
    return await work(createAsk(token), token.apiUrl, (path) => downloadFromApi(token, path));
  } finally {
    await sendToApi(token, { method: 'DELETE', path: `/api/tokens/${token.id}` });
  }
}
