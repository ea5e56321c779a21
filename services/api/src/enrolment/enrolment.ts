import { randomUUID } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import { newId, type ServerId } from '@podex/contracts/ids';
import { type SignedCertificate, signedCertificate } from '@podex/contracts/internal/certificates';
import type { JoinedServer, JoinServerInput } from '@podex/contracts/join-tokens';
import type { InternalClient } from '@podex/service-kit/internal-client';
import { hashSecret } from '../accounts/tokens.ts';
import { type AuditBy, appendAudit } from '../audit/append-audit.ts';
import type { Db } from '../database/connect.ts';
import type { Transact, Work } from '../database/transact.ts';
import { requireFree } from '../servers/registration.ts';
import { appendServerChanged } from '../servers/server-events.ts';
import {
  insertServer,
  lockRegistrations,
  lockServer,
  markEnrolled,
  updateServer,
} from '../servers/server-store.ts';
import {
  findOpenJoinToken,
  holdJoinToken,
  type JoinTokenRow,
  releaseJoinToken,
  useJoinToken,
} from './join-token-store.ts';
import { joinTokenNotValid } from './join-tokens.ts';

/** Also the first time, when compute makes its authority. */
const SIGN_TIMEOUT_MS = 15_000;

const BOUND_TO = ['name', 'hostname', 'docker_port'] as const;

export interface EnrolmentOptions {
  db: Db;
  transact: Transact;
  compute: InternalClient;
}

/** Servers that join by themselves. The token alone says which server may be certified; compute signs. */
export class Enrolment {
  readonly #options: EnrolmentOptions;

  constructor(options: EnrolmentOptions) {
    this.#options = options;
  }

  /**
   * Certifies the server’s key and registers it, or gives a registered one a new certificate. The token is used up with that, and stays
   * good when anything fails before.
   *
   * @throws PodexError join_token_not_valid, join_token_for_another, certificate_request_not_valid; what compute fails with.
   */
  async join(input: JoinServerInput, by: AuditBy): Promise<JoinedServer> {
    const { db } = this.#options;
    const token = await findOpenJoinToken(db, { secretHash: hashSecret(input.token) });
    if (token === undefined) throw joinTokenNotValid();
    await this.#requireBound(token, input, by);
    const holder = randomUUID();
    if (!(await holdJoinToken(db, token.id, holder))) throw joinTokenNotValid();
    try {
      const signed = await this.#sign(token, input.csr, by);
      const serverId = await this.#register({ token, holder, signed, input, by });
      return {
        server_id: serverId,
        name: token.name,
        certificate: signed.certificate,
        ca_certificate: signed.ca_certificate,
        expires_at: signed.expires_at,
      };
    } catch (error) {
      await releaseJoinToken(db, token.id, holder);
      throw error;
    }
  }

  /** Who holds a token of another server is told so, and the admins find it in the audit log. */
  async #requireBound(token: JoinTokenRow, input: JoinServerInput, by: AuditBy): Promise<void> {
    const field = BOUND_TO.find((name) => token[name] !== input[name]);
    if (field === undefined) return;
    await this.#options.transact(async (work) =>
      appendAudit(work, by, {
        action: 'server.joined',
        result: 'denied',
        errorCode: 'join_token_for_another',
        target: { kind: 'join_token', id: token.id, name: token.name },
        details: { name: input.name, hostname: input.hostname, docker_port: input.docker_port },
      }),
    );
    throw new PodexError(
      'join_token_for_another',
      `This join token is for the server ${token.name} at ${token.hostname}:${token.docker_port}. Ask an admin for one of this server.`,
      { field },
    );
  }

  async #sign(token: JoinTokenRow, csr: string, { requestId }: AuditBy): Promise<SignedCertificate> {
    try {
      return await this.#options.compute.request('POST', '/certificates', signedCertificate, {
        body: { name: token.name, hostname: token.hostname, csr },
        timeoutMs: SIGN_TIMEOUT_MS,
        ...(requestId === undefined ? {} : { requestId }),
      });
    } catch (error) {
      // Between services: the server that joins can do nothing about it.
      const isOurs = PodexError.isInstance(error) && !INTERNAL_FAULTS.has(error.code);
      if (isOurs) throw error;
      throw new PodexError(
        'service_unavailable',
        'The compute service could not certify this server. Its log says why. The token stays good: try again.',
        { service: 'compute' },
        { cause: error },
      );
    }
  }

  async #register(joining: Joining): Promise<ServerId> {
    const { token, holder, signed, input, by } = joining;
    return this.#options.transact(async (work) => {
      await lockRegistrations(work.tx);
      if (!(await useJoinToken(work.tx, token.id, holder))) throw joinTokenNotValid();
      const id = await writeServer(work, joining);
      await appendServerChanged(work, id);
      appendAudit(work, by, {
        action: 'server.joined',
        target: { kind: 'server', id, name: token.name },
        details: {
          hostname: token.hostname,
          docker_port: token.docker_port,
          join_token_id: token.id,
          invited_by: token.created_by_email,
          is_new: token.server_id === null,
          fingerprint: signed.fingerprint,
          engine_id: input.engine_id ?? null,
        },
      });
      return id;
    });
  }
}

interface Joining {
  token: JoinTokenRow;
  holder: string;
  signed: SignedCertificate;
  input: JoinServerInput;
  by: AuditBy;
}

const INTERNAL_FAULTS: ReadonlySet<string> = new Set([
  'unauthenticated',
  'not_found',
  'internal',
  'invalid_request',
]);

/** The same row for a server that is there already: its workspaces stay where they are. */
async function writeServer({ tx }: Work, { token, signed, input }: Joining): Promise<ServerId> {
  const { tls_ca_path, tls_cert_path, tls_key_path } = signed;
  const { total_cpu, total_memory_mb, total_disk_gb } = input;
  const registration = {
    tls_ca_path,
    tls_cert_path,
    tls_key_path,
    total_cpu,
    total_memory_mb,
    total_disk_gb,
    ...(token.labels === null ? {} : { labels: token.labels }),
    ...(token.region === null ? {} : { region: token.region }),
  };
  const id = token.server_id ?? newId('server');
  const { name, hostname, docker_port } = token;
  const isThere = token.server_id !== null && (await lockServer(tx, id));
  // Removed since: with its server, the token has gone.
  if (token.server_id !== null && !isThere) throw joinTokenNotValid();
  await requireFree(tx, id, { name, hostname, docker_port });
  if (isThere) await updateServer(tx, id, registration);
  else await insertServer(tx, id, { name, hostname, docker_port, ...registration });
  await markEnrolled(tx, id, input.engine_id);
  return id;
}
