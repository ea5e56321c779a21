import { PodexError } from '@podex/contracts/errors';
import { type TokenId, tokenId } from '@podex/contracts/ids';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliConfig } from '../config.ts';
import { findSupervisor } from '../state/run-records.ts';
import { readSecrets } from '../state/secrets.ts';
import { ownAddress, sharedKeys } from './service-settings.ts';

const TIMEOUT_MS = 10_000;
const answer = z.object({ id: tokenId, secret: z.string(), host: z.string() });

export interface AdminToken {
  id: TokenId;
  secret: string;
  /** The `Host` under which api answers, whatever its address on this machine. */
  host: string;
  /** Where api answers. */
  apiUrl: string;
}

/**
 * A new bearer token of the first administrator, from the api of this machine.
 *
 * @throws CliError when api does not run here, or has no administrator.
 */
export async function mintAdminToken(config: CliConfig): Promise<AdminToken> {
  const key = await readServiceKey(config);
  const apiUrl = await localApiUrl(config);
  let response: Response;
  try {
    response = await fetch(`${apiUrl}/internal/admin_token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new CliError(`Can’t reach api at port ${new URL(apiUrl).port} of this machine`, {
      cure: 'podex up --detach',
      exitCode: EXIT.notRunning,
      cause: error,
    });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new CliError(PodexError.fromBody(body).message);
  return { ...answer.parse(body), apiUrl };
}

/** Where the api of this machine answers. */
export async function localApiUrl(config: Pick<CliConfig, 'home' | 'ports' | 'host'>): Promise<string> {
  const supervisor = await findSupervisor(config.home);
  const port = supervisor?.ports.api ?? config.ports.api;
  return `http://${ownAddress('api', supervisor?.host ?? config.host)}:${port}`;
}

/** The key is the operator's, else the one that `podex up` made. */
async function readServiceKey({ home, operator }: CliConfig): Promise<string> {
  const secrets = await readSecrets(home.secretsFile);
  const none = { internal_service_token: '', compute_internal_api_key: '' };
  const key = sharedKeys(operator.values, secrets ?? none).service;
  if (key !== '') return key;
  throw new CliError(`there is no key of api's in ${home.directory} and none in INTERNAL_SERVICE_TOKEN`, {
    cure: 'run this on the machine that runs api, with the same PODEX_HOME',
    exitCode: EXIT.notRunning,
  });
}
