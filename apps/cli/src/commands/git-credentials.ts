import {
  endedGithubAccess,
  gitCredential,
  gitHost,
  githubAccess,
  setGitCredentialInput,
} from '@podex/contracts/git-credentials';
import { pageOf } from '@podex/contracts/pagination';
import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { readValue } from './read-value.ts';

const PATH = '/api/git_credentials';
const GITHUB_PATH = '/api/me/github_access';

interface Printed extends ConnectionOptions {
  json?: boolean;
}

export function addGitCredentialsCommand(program: Command): void {
  const credentials = program
    .command('git-credentials')
    .description('what git in your own workspaces signs in with over https; tokens are never shown');
  addConnectionOptions(credentials.command('list'))
    .description('hosts that git can sign in to')
    .option('--json', 'for programs')
    .action(list);
  addConnectionOptions(credentials.command('add <host>'))
    .description('set what git signs in with at a host; the token is asked for, or read from standard input')
    .option('--username <name>', 'what the host knows you by; most take any with a token')
    .option('--allow-http', 'also give it to addresses without TLS, where anybody on the way can read it')
    .option('--json', 'for programs')
    .action(add);
  addConnectionOptions(credentials.command('remove <host>'))
    .description('delete what git signs in with at a host, also what GitHub allowed on the account page')
    .option('--json', 'for programs')
    .action(remove);
}

async function list(options: Printed): Promise<void> {
  const { items, github } = await withApi(options, async ({ ask }) => ({
    items: (await ask({ method: 'GET', path: PATH, schema: pageOf(gitCredential) })).items,
    github: await ask({ method: 'GET', path: GITHUB_PATH, schema: githubAccess }),
  }));
  const rows = [
    ...items.map(({ host, updated_at: date }) => ({ host, via: 'token', updated_at: date })),
    ...(github.host === null || github.allowed_at === null
      ? []
      : [{ host: github.host, via: 'github', updated_at: github.allowed_at }]),
  ];
  if (options.json) console.log(JSON.stringify(rows, null, 2));
  else if (rows.length === 0) console.log('no git credentials');
  else {
    const width = Math.max(...rows.map(({ host }) => host.length));
    for (const { host, via, updated_at: date } of rows)
      console.log(`${host.padEnd(width)}  ${via.padEnd('github'.length)}  set ${date}`);
  }
}

interface AddOptions extends Printed {
  username?: string;
  allowHttp?: boolean;
}

async function add(given: string, options: AddOptions): Promise<void> {
  const host = parseHost(given);
  const token = (await readValue(`Token for ${host}`)).trim();
  const { username, allowHttp: allow_http } = options;
  const input = setGitCredentialInput.safeParse({
    token,
    allow_http,
    ...(username === undefined ? {} : { username }),
  });
  if (!input.success) {
    const isUsername = input.error.issues.some(({ path }) => path[0] === 'username');
    throw new CliError(
      `That is no ${isUsername ? 'user name' : 'token'}: it must be one word of visible characters`,
      {
        cure: `printf %s "$TOKEN" | podex git-credentials add ${host}`,
        exitCode: EXIT.usage,
      },
    );
  }
  const kept = await withApi(options, ({ ask }) =>
    ask({ method: 'PUT', path: `${PATH}/${host}`, body: input.data, schema: gitCredential }),
  );
  console.log(options.json ? JSON.stringify(kept, null, 2) : `git in your workspaces can sign in to ${host}`);
}

async function remove(given: string, options: Printed): Promise<void> {
  const host = parseHost(given);
  const isRevoked = await withApi(options, async ({ ask }) => {
    const { items } = await ask({ method: 'GET', path: PATH, schema: pageOf(gitCredential) });
    const github = await ask({ method: 'GET', path: GITHUB_PATH, schema: githubAccess });
    const paths = [
      ...(items.some((one) => one.host === host) ? [`${PATH}/${host}`] : []),
      ...(github.host === host && github.allowed_at !== null ? [GITHUB_PATH] : []),
    ];
    if (paths.length === 0) {
      throw new CliError(`You have no git credential for ${host}`, {
        cure: 'podex git-credentials list',
        exitCode: EXIT.usage,
      });
    }
    const ended: boolean[] = [];
    for (const path of paths) {
      const end = await ask({ method: 'DELETE', path, schema: endedGithubAccess.optional() });
      ended.push(end?.revoked ?? true);
    }
    return ended.every(Boolean);
  });
  const removed = isRevoked
    ? `${host} is removed`
    : `${host} is removed here, but could not be reached: revoke it there in Settings → Applications`;
  console.log(options.json ? JSON.stringify({ host, removed: true, revoked: isRevoked }) : removed);
}

function parseHost(given: string): string {
  const host = gitHost.safeParse(given.toLowerCase());
  if (host.success) return host.data;
  throw new CliError(`${given} is no host`, {
    cure: 'give its name, such as github.com, and its port where that is not the usual one',
    exitCode: EXIT.usage,
  });
}
