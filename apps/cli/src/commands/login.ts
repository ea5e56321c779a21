import { text } from 'node:stream/consumers';
import { type ScopePreset, scopePreset, type User, user } from '@podex/contracts/accounts';
import { PodexError } from '@podex/contracts/errors';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { type AskApi, createAsk } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { beginDeviceLogin, waitForToken } from '../connection/device-login.ts';
import { findApi } from '../connection/find-api.ts';
import { forgetLogin, type Login, readLogin, writeLogin } from '../connection/login-file.ts';
import { openBrowser } from '../connection/open-browser.ts';
import { localApiUrl } from '../platform/admin-token.ts';
import { createProgress } from '../progress/create-progress.ts';
import { onInterrupt } from '../progress/on-interrupt.ts';
import { inStep } from '../progress/progress.ts';

interface LoginOptions extends ConnectionOptions {
  scope: string;
}

export function addLoginCommands(program: Command): void {
  program
    .command('login')
    .description('sign this machine in: you approve it in the browser')
    .option('--url <url>', 'address of the page of Podex; PODEX_URL, else this machine’s')
    .option('--token <token>', 'use this token in place of the browser; - reads it from the input')
    .option('--scope <scope>', scopePreset.options.join(', '), 'write')
    .action(login);
  program
    .command('logout')
    .description('sign this machine out: its token is revoked and forgotten')
    .action(logout);
  addConnectionOptions(program.command('whoami'))
    .description('who commands act as, and where')
    .option('--json', 'for programs')
    .action(whoami);
}

async function login(options: LoginOptions): Promise<void> {
  const config = loadCliConfig();
  const scope = scopePreset.safeParse(options.scope);
  if (!scope.success) {
    throw new CliError(`${options.scope} is no scope`, {
      cure: `use ${scopePreset.options.join(', ')}`,
      exitCode: EXIT.usage,
    });
  }
  const given = options.url ?? config.remote.url;
  const apiUrl = given === undefined ? await localApiUrl(config) : await findApi(given);
  const token =
    options.token === undefined
      ? await signInByBrowser(createAsk({ apiUrl }), scope.data)
      : await readToken(options.token);
  const me = await readMe(createAsk({ apiUrl, secret: token }));
  const before = await readLogin(config.loginFile);
  await writeLogin(config.loginFile, {
    url: given === undefined ? apiUrl : new URL(given).origin,
    api_url: apiUrl,
    token,
    is_made_by_login: options.token === undefined,
  });
  // The token of the last login is of no more use; where it cannot be revoked, it ends by itself.
  if (before !== undefined && before.token !== token) await revoke(before).catch(() => undefined);
  console.log(`Signed in to ${given ?? apiUrl} as ${me.email}`);
}

async function signInByBrowser(ask: AskApi, scope: ScopePreset): Promise<string> {
  using interrupt = onInterrupt();
  const code = await beginDeviceLogin(ask, scope);
  console.log(`Open  ${code.verification_uri_complete}`);
  console.log(`Code  ${code.user_code}`);
  if (process.stdout.isTTY) openBrowser(code.verification_uri_complete);
  const progress = createProgress(process.stderr, process.env);
  try {
    return await inStep(progress, 'Waiting for you to approve it', () =>
      waitForToken(ask, code, interrupt.signal),
    );
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    throw new CliError('The sign-in was cancelled', { exitCode: EXIT.interrupted, cause: error });
  }
}

async function readToken(given: string): Promise<string> {
  const token = (given === '-' ? await text(process.stdin) : given).trim();
  if (/^[\w.-]{20,}$/.test(token)) return token;
  throw new CliError('This is no token', {
    cure: 'podex login --token - < file-with-a-token',
    exitCode: EXIT.usage,
  });
}

async function logout(): Promise<void> {
  const { loginFile } = loadCliConfig();
  const present = await readLogin(loginFile);
  if (present === undefined) {
    console.log('You are not signed in');
    return;
  }
  try {
    await revoke(present);
  } catch (error) {
    throw new CliError(
      `Signed out here, but the token could not be revoked at ${present.url}: it stays good`,
      {
        cure: 'revoke it on the page, under Account',
        cause: error,
      },
    );
  } finally {
    await forgetLogin(loginFile);
  }
  console.log(
    present.is_made_by_login
      ? `Signed out of ${present.url}`
      : `Signed out of ${present.url}. The token was yours before, and stays good: podex tokens revoke ends it`,
  );
}

/** @throws CliError when api cannot be reached, or refuses. */
async function revoke({ api_url: apiUrl, token, is_made_by_login: isOurs }: Login): Promise<void> {
  if (!isOurs) return;
  try {
    const ask = createAsk({ apiUrl, secret: token });
    await ask({ method: 'DELETE', path: '/api/tokens/current', schema: z.unknown() });
  } catch (error) {
    if (error instanceof CliError && PodexError.has(error.cause, 'unauthenticated')) return;
    throw error;
  }
}

const VIA = { token: 'with a given token', login: 'by podex login', machine: 'as the admin of this machine' };

async function whoami(options: ConnectionOptions & { json?: boolean }): Promise<void> {
  await withApi(options, async ({ ask, apiUrl, via }) => {
    const me = await readMe(ask);
    if (options.json) console.log(JSON.stringify({ url: apiUrl, via, user: me }, null, 2));
    else console.log(`${me.email} (${me.role}) at ${apiUrl}, ${VIA[via]}`);
  });
}

function readMe(ask: AskApi): Promise<User> {
  return ask({ method: 'GET', path: '/api/me', schema: user });
}
