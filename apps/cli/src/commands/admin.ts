import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { mintAdminToken } from '../platform/admin-token.ts';
import { readFirstAdmin } from '../platform/first-admin.ts';

export function addAdminCommand(program: Command): void {
  const admin = program.command('admin').description('for the person who runs this machine');
  admin
    .command('token')
    .description('print a bearer token of the first administrator, for scripts')
    .option('--json', 'for programs')
    .action(token);
  admin
    .command('credentials')
    .description('print email and generated password of the administrator that the first start made')
    .option('--json', 'for programs')
    .action(credentials);
}

async function token({ json }: { json?: boolean }): Promise<void> {
  const { secret } = await mintAdminToken(loadCliConfig());
  console.log(json ? JSON.stringify({ token: secret }) : secret);
}

async function credentials({ json }: { json?: boolean }): Promise<void> {
  const { home } = loadCliConfig();
  const admin = await readFirstAdmin(home);
  if (!admin) {
    throw new CliError(`no administrator has been made by a start with home ${home.directory}`, {
      cure: ['podex up', 'or sign in with the account that the database had before'],
      exitCode: EXIT.notRunning,
    });
  }
  if (json) {
    console.log(JSON.stringify(admin));
    return;
  }
  console.log(`email     ${admin.email}`);
  console.log(`password  ${admin.password ?? 'the one that ADMIN_PASSWORD had at the first start'}`);
}
