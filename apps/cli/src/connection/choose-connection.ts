import { CliError, EXIT } from '../cli-error.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { Login } from './login-file.ts';

export interface ConnectionSources {
  options: ConnectionOptions;
  /** PODEX_URL and PODEX_TOKEN. */
  variables: { url?: string | undefined; token?: string | undefined };
  login: Login | undefined;
}

export type ConnectionChoice =
  | { via: 'token'; url: string | undefined; token: string }
  | { via: 'login'; login: Login }
  | { via: 'machine' };

/**
 * Which Podex a command goes to, and as whom: what the command line says, then the variables, then the login, then this machine. The
 * token of a login goes to the place that it came from, and nowhere else.
 *
 * @throws CliError when a place is named that nobody is signed in to.
 */
export function chooseConnection({ options, variables, login }: ConnectionSources): ConnectionChoice {
  const url = options.url ?? variables.url;
  const token = options.token ?? variables.token;
  if (token !== undefined) return { via: 'token', url: url ?? login?.api_url, token };
  if (login !== undefined && (url === undefined || isOf(login, url))) return { via: 'login', login };
  if (url === undefined) return { via: 'machine' };
  throw new CliError(`You are not signed in to ${url}`, {
    cure: `podex login --url ${url}`,
    exitCode: EXIT.notSignedIn,
  });
}

function isOf(login: Login, url: string): boolean {
  const origin = URL.parse(url)?.origin;
  return [login.url, login.api_url].some((known) => URL.parse(known)?.origin === origin);
}
