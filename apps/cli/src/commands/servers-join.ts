import { joinSecret } from '@podex/contracts/join-tokens';
import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import { createAsk } from '../connection/api-request.ts';
import { findApi } from '../connection/find-api.ts';
import { joinServer } from '../server-join/join-server.ts';
import { readValue } from './read-value.ts';

interface JoinCommandOptions {
  token: string;
  url: string;
  listen?: string;
  configFile?: string;
  certificates: string;
  storage: string;
  dryRun?: boolean;
  filesOnly?: boolean;
  allowHttp?: boolean;
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

export function addServersJoinCommand(servers: Command): void {
  servers
    .command('join')
    .description('make this machine a workspace server, with a token of podex servers invite; as root')
    .requiredOption('--token <token>', 'join token, good once within an hour; - reads it from standard input')
    .requiredOption('--url <url>', 'your Podex, as in https://podex.example.com')
    .option('--listen <address>', 'address of this machine that the engine listens on; that of the token')
    .option('--config-file <file>', 'settings of the engine; /etc/docker/daemon.json')
    .option('--certificates <folder>', 'where key and certificates go', '/etc/docker/certs')
    .option('--storage <folder>', 'where workspaces keep their files', '/mnt/data/workspaces')
    .option('--dry-run', 'only say what would be done')
    .option('--files-only', 'restart nothing, for machines without systemd')
    .option('--allow-http', 'trust a Podex that is not asked over https; only on a network of your own')
    .action(join);
}

async function join(options: JoinCommandOptions): Promise<void> {
  requireHttps(options);
  const token = await readToken(options.token);
  const apiUrl = await findApi(options.url);
  requireHttps({ ...options, url: apiUrl });
  const say = (line: string) => console.log(line);
  await joinServer(
    createAsk({ apiUrl }),
    {
      token,
      listen: options.listen,
      configFile: options.configFile,
      certificatesFolder: options.certificates,
      storage: options.storage,
      isDryRun: options.dryRun === true,
      isFilesOnly: options.filesOnly === true,
    },
    say,
  );
}

async function readToken(given: string): Promise<string> {
  const parsed = joinSecret.safeParse(given === '-' ? (await readValue('Join token')).trim() : given);
  if (parsed.success) return parsed.data;
  throw new CliError('This is no join token: it begins with pdxj_', {
    cure: 'podex servers invite NAME --address ADDRESS, or “Add server” on the page',
    exitCode: EXIT.usage,
  });
}

/** Whoever answers in its place would become the master of this machine’s engine. */
function requireHttps({ url, allowHttp }: Pick<JoinCommandOptions, 'url' | 'allowHttp'>): void {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.protocol === 'https:' || LOOPBACK.test(parsed.hostname) || allowHttp) return;
  throw new CliError(`${url} is not https: whoever is between could take this machine’s engine over`, {
    cure: ['give the https address of your Podex', '--allow-http, on a network that is yours alone'],
    exitCode: EXIT.usage,
  });
}
