import { loadCliConfig } from '../config.ts';
import { localApiUrl } from '../platform/admin-token.ts';
import { asAdmin } from './admin-api.ts';
import {
  type ApiAddress,
  type AskApi,
  createAsk,
  type DownloadFromApi,
  downloadFromApi,
  type WithAddress,
} from './api-request.ts';
import { type ConnectionChoice, chooseConnection } from './choose-connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { findApi } from './find-api.ts';
import { readLogin } from './login-file.ts';

export interface ApiConnection {
  ask: AskApi;
  download: DownloadFromApi;
  apiUrl: string;
  withAddress: WithAddress;
  via: ConnectionChoice['via'];
}

/**
 * Runs `work` with the Podex that the command line, the variables or the login name, else as the first administrator of this machine.
 *
 * @throws CliError when it cannot be reached, or refuses.
 */
export async function withApi<Result>(
  options: ConnectionOptions,
  work: (connection: ApiConnection) => Promise<Result>,
): Promise<Result> {
  const config = loadCliConfig();
  const login = await readLogin(config.loginFile);
  const choice = chooseConnection({ options, variables: config.remote, login });
  const { via } = choice;
  if (via === 'machine') {
    return asAdmin(config, (ask, apiUrl, download, withAddress) =>
      work({ ask, download, apiUrl, withAddress, via }),
    );
  }
  if (via === 'login') {
    const { api_url: apiUrl, token } = choice.login;
    return work({ ...connectionTo({ apiUrl, secret: token }), via });
  }
  const apiUrl = choice.url === undefined ? await localApiUrl(config) : await findApi(choice.url);
  return work({ ...connectionTo({ apiUrl, secret: choice.token }), via });
}

function connectionTo(address: ApiAddress): Omit<ApiConnection, 'via'> {
  return {
    ask: createAsk(address),
    download: (path) => downloadFromApi(address, path),
    apiUrl: address.apiUrl,
    withAddress: (use) => use(address),
  };
}
