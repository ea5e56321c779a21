import { z } from 'zod';
import { joinTokenId, serverId } from './ids.ts';
import { createServerInput, serverLabels, serverRegion } from './servers.ts';
import { anyText, lineText } from './text.ts';

const { name, hostname, docker_port: dockerPort } = createServerInput.shape;

/** Which server a token is for: it enrols no other. */
const boundTo = z.object({ name, hostname, docker_port: dockerPort });

/** Of a new server, or of one that is there already: it is then given a new certificate. */
export const createJoinTokenInput = boundTo
  .extend({ labels: serverLabels.optional(), region: serverRegion.optional() })
  .meta({ id: 'CreateJoinToken' });
export type CreateJoinTokenInput = z.output<typeof createJoinTokenInput>;

export const joinToken = z
  .object({
    id: joinTokenId,
    name: z.string(),
    hostname: z.string(),
    docker_port: z.number().int(),
    labels: serverLabels.nullable(),
    region: z.string().nullable(),
    server_id: serverId
      .nullable()
      .meta({ description: 'The server that is given a new certificate; null: it is a new one.' }),
    created_by: z.string().nullable().meta({ description: 'Email of the admin.' }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'JoinToken' });
export type JoinToken = z.infer<typeof joinToken>;

export const joinSecret = z
  .string()
  .max(48)
  .regex(/^pdxj_[\w-]{43}$/, 'must be a join token')
  .meta({ example: 'pdxj_…' });

/** `token` is shown in this one response, and stored only as a hash. */
export const createdJoinToken = joinToken
  .extend({
    token: joinSecret,
    command: z.string().meta({
      description: 'What is run on the new server, as root.',
      example: 'podex servers join --token pdxj_… --url https://podex.example.com',
    }),
  })
  .meta({ id: 'CreatedJoinToken' });
export type CreatedJoinToken = z.infer<typeof createdJoinToken>;

export const lookUpJoinTokenInput = z.object({ token: joinSecret }).meta({ id: 'LookUpJoinToken' });

/** What the new server must be. */
export const openJoinToken = z
  .object({
    name: z.string(),
    hostname: z.string(),
    docker_port: z.number().int(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'OpenJoinToken' });
export type OpenJoinToken = z.infer<typeof openJoinToken>;

/** A request for a certificate is below a kilobyte with an elliptic curve, below two with RSA of 4096 bits. */
const CSR_CHARACTERS_MAX = 8192;

const { total_cpu: cpu, total_memory_mb: memoryMb, total_disk_gb: diskGb } = createServerInput.shape;

/** What the server says of itself. Its size is checked against the engine’s own words afterwards. */
export const joinServerInput = boundTo
  .extend({
    token: joinSecret,
    csr: anyText(CSR_CHARACTERS_MAX).meta({
      description: 'PKCS #10 in PEM. Only its key is used: names and purposes come from the token.',
    }),
    total_cpu: cpu,
    total_memory_mb: memoryMb,
    total_disk_gb: diskGb,
    engine_id: lineText(128)
      .optional()
      .meta({ description: 'How its Docker engine calls itself, where it runs already.' }),
  })
  .meta({ id: 'JoinServer' });
export type JoinServerInput = z.output<typeof joinServerInput>;

export const joinedServer = z
  .object({
    server_id: serverId,
    name: z.string(),
    certificate: z.string().meta({ description: 'PEM, for the key of the request.' }),
    ca_certificate: z.string().meta({ description: 'PEM. The engine takes clients of this authority.' }),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'JoinedServer' });
export type JoinedServer = z.infer<typeof joinedServer>;
