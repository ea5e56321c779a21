import {
  type PreviewAccess,
  portParam,
  previewAccess,
  previewLink,
  type WorkspacePort,
  workspacePort,
  workspacePorts,
} from '@podex/contracts/previews';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { findWorkspace } from './find-workspace.ts';

const ACCESS = previewAccess.options.join(', ');
/** On standard error: what reads the address is not disturbed. */
const WEAKER =
  'podex: previews share one origin here, so a page of one can use the others that your browser may open; an admin sets PREVIEW_DOMAIN of api to keep them apart';

interface Printed extends ConnectionOptions {
  json?: boolean;
}

interface PreviewOptions extends Printed {
  access?: string;
  link?: boolean;
  revokeLinks?: boolean;
}

/** Ports of workspaces and their previews. Workspaces are named by their name or id. */
export function addPortCommands(program: Command): void {
  addConnectionOptions(program.command('ports <workspace>'))
    .description('ports that programs in a workspace listen on, and who can open their previews')
    .option('--json', 'for programs')
    .action(list);
  addConnectionOptions(program.command('preview <workspace> <port>'))
    .description('the address of the preview of a port')
    .option('--access <access>', `who can open it: ${ACCESS}; it stays with the port`)
    .option('--link', 'print a link that opens it without an account for a day; needs the access link')
    .option('--revoke-links', 'end all links of the port first, and what is open by them')
    .option('--json', 'for programs')
    .action(preview);
}

async function list(name: string, options: Printed): Promise<void> {
  const items = await withApi(options, async ({ ask }) => {
    const { id } = await findWorkspace(ask, name);
    const ports = await ask({ method: 'GET', path: `/api/workspaces/${id}/ports`, schema: workspacePorts });
    return ports.items;
  });
  if (options.json) console.log(JSON.stringify(items, null, 2));
  else if (items.length === 0) console.log('No program listens on a port');
  else for (const one of items) console.log(lineOf(one));
  if (items.some(isWeak)) console.error(WEAKER);
}

async function preview(name: string, text: string, options: PreviewOptions): Promise<void> {
  const port = parsed(portParam, text, 'a port is a number from 1 to 65535');
  const access =
    options.access === undefined ? undefined : parsed(previewAccess, options.access, `use one of ${ACCESS}`);
  const shown = await withApi(options, async ({ ask }) => {
    const { id } = await findWorkspace(ask, name);
    const path = `/api/workspaces/${id}/ports/${port}`;
    if (options.revokeLinks) await ask({ method: 'DELETE', path: `${path}/links`, schema: z.unknown() });
    // Without a change it only says where the preview is, which is for everybody who can see the workspace.
    const found = access === undefined ? await findPort(id) : await setAccess(access);
    if (!options.link) return found;
    const made = await ask({ method: 'POST', path: `${path}/links`, body: {}, schema: previewLink });
    return { ...found, ...made };

    async function findPort(workspaceId: string): Promise<WorkspacePort> {
      const ports = `/api/workspaces/${workspaceId}/ports`;
      const { items } = await ask({ method: 'GET', path: ports, schema: workspacePorts });
      const one = items.find((item) => item.port === port);
      if (one !== undefined) return one;
      throw new CliError(`No program in ${name} listens on port ${port}`, {
        cure: [
          'start it, or say who can open it before it runs:',
          `podex preview ${name} ${port} --access private`,
        ],
        exitCode: EXIT.failed,
      });
    }

    function setAccess(value: PreviewAccess): Promise<WorkspacePort> {
      return ask({ method: 'PUT', path, body: { access: value }, schema: workspacePort });
    }
  });
  if (shown.url === null) {
    throw new CliError('Previews are not set up here', {
      cure: 'an admin sets PREVIEW_DOMAIN, or PREVIEW_PORT, of api',
      exitCode: EXIT.failed,
    });
  }
  console.log(options.json ? JSON.stringify(shown, null, 2) : shown.url);
  if (isWeak(shown)) console.error(WEAKER);
}

function isWeak({ url, is_origin_shared: isShared }: WorkspacePort): boolean {
  return isShared && url !== null;
}

function lineOf(one: WorkspacePort): string {
  const { port, process, is_listening: isListening, access, label, url, links_expire_at: until } = one;
  const what = isListening ? (process ?? 'listening') : 'not listening';
  return [
    String(port),
    what,
    until === null ? access : `${access} until ${until}`,
    ...(label === null ? [] : [label]),
    ...(url === null ? [] : [url]),
  ].join('  ');
}

function parsed<Schema extends z.ZodType>(schema: Schema, text: string, cure: string): z.output<Schema> {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  throw new CliError(`Can’t use ${text}`, { cure, exitCode: EXIT.usage });
}
