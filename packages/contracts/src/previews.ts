import { z } from 'zod';
import { nameText, opaqueText } from './text.ts';

const portNumber = z.number().int().min(1).max(65_535);

/** As a part of a path. */
export const portParam = z.coerce
  .number()
  .int()
  .min(1)
  .max(65_535)
  .meta({ description: 'A port of the workspace.', example: 5173 });

/**
 * Who can open the preview of a port. `private`: who can see the workspace, signed in; `link`: also who has a link that was made for it;
 * `public`: everybody.
 */
export const previewAccess = z.enum(['private', 'link', 'public']);
export type PreviewAccess = z.infer<typeof previewAccess>;

/** How long a wait for another list of ports may be. */
export const PORTS_WAIT_MS_MAX = 30_000;

/** What a list of ports says of itself; another one once another port listens, or the same is another process’s. */
const portsRevision = opaqueText(64);

export const portsQuery = z.object({
  after: portsRevision.optional().meta({ description: 'The `revision` that is known already.' }),
  wait_ms: z.coerce
    .number()
    .int()
    .min(0)
    .max(PORTS_WAIT_MS_MAX)
    .default(0)
    .meta({ description: 'With `after`: how long to wait for another one.' }),
});

/** What the daemon sees. */
export const listeningPorts = z.object({
  revision: portsRevision,
  ports: z.array(z.object({ port: portNumber, process: z.string().max(64).nullable() })).max(1024),
});
export type ListeningPorts = z.infer<typeof listeningPorts>;
export type ListeningPort = ListeningPorts['ports'][number];

export const workspacePort = z
  .object({
    port: portNumber,
    is_listening: z.boolean(),
    process: z
      .string()
      .nullable()
      .meta({ description: 'Name of the process that listens; null where nobody does, or it is not known.' }),
    access: previewAccess.meta({
      description: 'It stays with the number of the port, whichever process listens there.',
    }),
    label: z.string().nullable(),
    url: z.string().nullable().meta({
      description: 'Where its preview is, the same whenever it runs; null while previews are not set up.',
    }),
    is_origin_shared: z.boolean().meta({
      description:
        'Previews are told apart by path alone, on one origin: a page of one can use another that its visitor may use. For where no wildcard domain leads to api.',
    }),
    links_expire_at: z.iso.datetime().nullable().meta({
      description: 'When the last of its links ends; null: none is good now.',
    }),
  })
  .meta({ id: 'WorkspacePort' });
export type WorkspacePort = z.infer<typeof workspacePort>;

export const workspacePorts = z
  .object({
    items: z.array(workspacePort).meta({ description: 'That listen, or were given an access or a label.' }),
    revision: z
      .string()
      .nullable()
      .meta({ description: 'For `after`; null where the workspace does not run, or its image is too old.' }),
  })
  .meta({ id: 'WorkspacePorts' });
export type WorkspacePorts = z.infer<typeof workspacePorts>;

export const updatePortInput = z
  .object({
    access: previewAccess,
    label: nameText(60).nullable(),
  })
  .partial()
  .meta({ id: 'UpdatePort', description: 'What is left out stays as it is.' });
export type UpdatePortInput = z.infer<typeof updatePortInput>;

const LINK_SECONDS_MIN = 60;
const LINK_SECONDS_MAX = 30 * 24 * 60 * 60;
const LINK_SECONDS_DEFAULT = 24 * 60 * 60;

export const createPreviewLinkInput = z
  .object({
    expires_in_seconds: z
      .number()
      .int()
      .min(LINK_SECONDS_MIN)
      .max(LINK_SECONDS_MAX)
      .default(LINK_SECONDS_DEFAULT),
  })
  .meta({ id: 'CreatePreviewLink' });

export const previewLink = z
  .object({
    url: z.string().meta({ description: 'Opens the preview for everybody who has it.' }),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'PreviewLink' });
export type PreviewLink = z.infer<typeof previewLink>;

/** SHA-256, base64url. */
const stateHash = z
  .string()
  .max(43)
  .regex(/^[\w-]{43}$/);
/** Below the preview’s own host. */
const previewPath = z
  .string()
  .max(4096)
  .regex(/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/, 'must begin with one slash');

export const authorizePreviewInput = z
  .object({
    state: stateHash.meta({ description: 'What the preview sent the browser away with.' }),
    path: previewPath.default('/').meta({ description: 'Where the browser wanted to go.' }),
  })
  .meta({ id: 'AuthorizePreview' });
export type AuthorizePreviewInput = z.infer<typeof authorizePreviewInput>;

export const authorizedPreview = z
  .object({
    url: z
      .string()
      .meta({ description: 'Where the browser goes now; good once, for a minute, in this browser.' }),
  })
  .meta({ id: 'AuthorizedPreview' });
