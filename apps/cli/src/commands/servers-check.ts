import { setTimeout as delay } from 'node:timers/promises';
import { type Server, type ServerCheck, server } from '@podex/contracts/servers';
import { CliError } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { afterPull, isPull } from './await-pull.ts';
import { SERVERS_PATH } from './find-server.ts';
import { checkText } from './server-text.ts';

const LOOK_EVERY_MS = 400;

export interface CheckOptions {
  acceptEngine?: boolean;
  json?: boolean;
}

/**
 * Has a server checked and prints each line as it is found; with `json` the server at the end.
 *
 * @throws CliError when it is not fit for workspaces, after everything was printed.
 */
export async function checkServer(
  ask: AskApi,
  { id, name }: Pick<Server, 'id' | 'name'>,
  options: CheckOptions,
): Promise<void> {
  const path = `${SERVERS_PATH}/${id}`;
  const printed = new Set<string>();
  const print = (checks: readonly ServerCheck[]) => {
    if (options.json) return;
    // What comes after an image that is being pulled has been tried without it.
    const pulled = checks.findIndex(isPull);
    const known = pulled < 0 ? checks : checks.slice(0, pulled);
    for (const check of known.filter((one) => !printed.has(one.name))) {
      printed.add(check.name);
      console.log(checkText(check));
    }
  };
  const query = options.acceptEngine ? '?accept_engine=true' : '';
  const isOver = new AbortController();
  const ended = ask({ method: 'POST', path: `${path}/check${query}`, schema: server }).finally(() =>
    isOver.abort(),
  );
  await Promise.all([ended, follow(ask, path, { print, signal: isOver.signal })]);
  const first = await ended;
  print(first.progress === null ? first.checks : []);
  const checked = await afterPull(ask, path, first);
  const isRunning = checked.progress !== null;
  if (options.json) console.log(JSON.stringify(checked, null, 2));
  else if (!isRunning) print(checked.checks);
  if (isRunning) {
    throw new CliError(`The check of ${name} has not ended yet`, { cure: `podex servers show ${name}` });
  }
  requireFit(checked);
  if (!options.json) console.log(`${name} is ${checked.status}`);
}

async function follow(
  ask: AskApi,
  path: string,
  { print, signal }: { print: (checks: readonly ServerCheck[]) => void; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const { progress } = await ask({ method: 'GET', path, schema: server });
    // What the request itself found is printed last, and whole.
    if (!signal.aborted) print(progress ?? []);
  }
}

function requireFit({ name, status, reason }: Server): void {
  if (status !== 'unfit' && status !== 'unreachable') return;
  throw new CliError(`${name} is ${status}${reason === null ? '' : `: ${reason}`}`);
}
