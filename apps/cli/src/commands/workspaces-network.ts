import { type NetworkPolicy, networkPolicy, networkPolicyInput } from '@podex/contracts/network-policies';
import type { Command } from 'commander';
import type { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { findWorkspace } from './find-workspace.ts';

/** `--network` and `--allow` of whatever makes or changes a workspace. */
export const ALLOW = [
  '--allow <destination...>',
  'for allow-list: registry.npmjs.org:443, 203.0.113.0/24 or 203.0.113.7:8000-8100; say it as often as you like',
] as const;
export const MODES = 'open, allow-list or deny-all';

interface NetworkOptions extends ConnectionOptions {
  allow?: string[];
  json?: boolean;
}

/** `podex workspaces network`: shows what a workspace may reach, and changes it. */
export function addNetworkCommand(workspaces: Command): void {
  addConnectionOptions(workspaces.command('network <workspace> [mode]'))
    .description(`what it may reach: without a mode, as it is; with one (${MODES}), changed at once`)
    .option(...ALLOW)
    .option('--json', 'for programs')
    .action(network);
}

/** @throws CliError that says what is wrong with it. */
export function readPolicy(mode: string, allow: readonly string[] = []): z.output<typeof networkPolicyInput> {
  const parsed = networkPolicyInput.safeParse({ mode: mode.replaceAll('-', '_'), allow });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path[1];
  const what = issue?.path[0] === 'mode' ? mode : typeof at === 'number' ? allow[at] : '--allow';
  throw new CliError(`${what}: ${issue?.message ?? 'is not valid'}`, {
    cure: `the mode is ${MODES}; podex workspaces network --help`,
    exitCode: EXIT.usage,
  });
}

async function network(name: string, mode: string | undefined, options: NetworkOptions): Promise<void> {
  const { allow, json } = options;
  if (mode === undefined && allow !== undefined) {
    throw new CliError('--allow needs a mode', {
      cure: `podex workspaces network ${name} allow-list --allow …`,
      exitCode: EXIT.usage,
    });
  }
  const body = mode === undefined ? undefined : readPolicy(mode, allow);
  const now = await withApi(options, async ({ ask }) => {
    const path = `/api/workspaces/${(await findWorkspace(ask, name)).id}/network-policy`;
    if (body === undefined) return ask({ method: 'GET', path, schema: networkPolicy });
    return ask({ method: 'PUT', path, body, schema: networkPolicy });
  });
  console.log(json ? JSON.stringify(now, null, 2) : policyText(now));
}

const WORDS: Readonly<Record<NetworkPolicy['mode'], string>> = {
  open: 'open: the internet, no private networks',
  allow_list: 'allow-list: only this',
  deny_all: 'deny-all: nothing, and no names',
};

function policyText({ mode, allow, in_force: isInForce }: NetworkPolicy): string {
  return [
    WORDS[mode],
    ...allow.map((line) => `  ${line}`),
    ...(isInForce
      ? []
      : ['Not in force yet: its server gets it in a moment, or before the workspace starts.']),
  ].join('\n');
}
