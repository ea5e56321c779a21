import { readFile } from 'node:fs/promises';
import { sshKeyId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import { addSshKeyInput, sshKey } from '@podex/contracts/ssh';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT, errorCode } from '../cli-error.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { lastUseText } from './last-use-text.ts';

const PATH = '/api/me/ssh_keys';

interface Printed extends ConnectionOptions {
  json?: boolean;
}

export function addSshKeysCommand(program: Command): void {
  const keys = program.command('ssh-keys').description('public keys of yours, with which you connect by SSH');
  const json = ['--json', 'for programs'] as const;
  addConnectionOptions(keys.command('list'))
    .description('your keys, newest first')
    .option(...json)
    .action(list);
  addConnectionOptions(keys.command('add <file>'))
    .description('add the public key in a .pub file')
    .option('--name <name>', 'what it is called; what the key calls itself when left out')
    .option(...json)
    .action(add);
  addConnectionOptions(keys.command('remove <key>'))
    .description('remove a key, by its id or fingerprint: it opens no more connections')
    .action(remove);
}

async function list(options: Printed): Promise<void> {
  const { items } = await withApi(options, ({ ask }) =>
    ask({ method: 'GET', path: PATH, schema: pageOf(sshKey) }),
  );
  if (options.json) console.log(JSON.stringify(items, null, 2));
  else if (items.length === 0) console.log('no SSH keys');
  else {
    const width = Math.max(...items.map(({ name }) => name.length));
    for (const { id, name, fingerprint, type, last_used_at: lastUsedAt } of items)
      console.log(`${id}  ${name.padEnd(width)}  ${fingerprint}  ${type}  ${lastUseText(lastUsedAt)}`);
  }
}

async function add(file: string, options: Printed & { name?: string }): Promise<void> {
  const input = addSshKeyInput.safeParse({ public_key: await readKey(file), name: options.name });
  if (!input.success) {
    throw new CliError(`${file} is no public key: ${input.error.issues[0]?.message}`, {
      cure: 'give the file that ends with .pub, such as ~/.ssh/id_ed25519.pub',
      exitCode: EXIT.usage,
    });
  }
  const added = await withApi(options, ({ ask }) =>
    ask({ method: 'POST', path: PATH, body: input.data, schema: sshKey }),
  );
  console.log(options.json ? JSON.stringify(added, null, 2) : `${added.name} is added: ${added.fingerprint}`);
}

async function readKey(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new CliError(
      errorCode(error) === 'ENOENT' ? `There is no file ${file}` : `${file} cannot be read`,
      {
        cure: 'ssh-keygen -t ed25519 makes a key; its public half is ~/.ssh/id_ed25519.pub',
        exitCode: EXIT.usage,
        cause: error,
      },
    );
  }
}

async function remove(given: string, options: ConnectionOptions): Promise<void> {
  const name = await withApi(options, async ({ ask }) => {
    const { items } = await ask({ method: 'GET', path: PATH, schema: pageOf(sshKey) });
    const key = items.find(({ id, fingerprint }) => id === given || fingerprint === given);
    if (key === undefined) {
      throw new CliError(`Your account has no SSH key ${given}`, {
        cure: 'podex ssh-keys list',
        exitCode: EXIT.usage,
      });
    }
    await ask({ method: 'DELETE', path: `${PATH}/${sshKeyId.parse(key.id)}`, schema: z.unknown() });
    return key.name;
  });
  console.log(`${name} is removed`);
}
