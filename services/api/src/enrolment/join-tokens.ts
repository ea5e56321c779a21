import { createHmac, randomBytes } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import { type JoinTokenId, joinTokenId, newId, type ServerId } from '@podex/contracts/ids';
import type {
  CreatedJoinToken,
  CreateJoinTokenInput,
  JoinToken,
  OpenJoinToken,
} from '@podex/contracts/join-tokens';
import type { PageQuery } from '@podex/contracts/pagination';
import { requireLasting } from '../accounts/lasting-credential.ts';
import { hashSecret } from '../accounts/tokens.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { Call } from '../calls/call.ts';
import { createOnce } from '../calls/idempotency-store.ts';
import { toPage } from '../calls/pages.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { requireFree } from '../servers/registration.ts';
import { findServer, findServerAt, findServerIdByName, type ServerRow } from '../servers/server-store.ts';
import {
  findOpenJoinToken,
  insertJoinToken,
  type JoinTokenRow,
  listOpenJoinTokens,
  revokeJoinToken,
  revokeJoinTokensOf,
} from './join-token-store.ts';

const SECRET_PREFIX = 'pdxj_';
const EXPIRES_IN_SECONDS = 60 * 60;

export interface JoinTokenServiceOptions {
  db: Db;
  transact: Transact;
  frontendOrigin: string;
  sessionSecret: string;
}

/** Tokens with which one server of a known name and address enrols itself. */
export class JoinTokenService {
  readonly #options: JoinTokenServiceOptions;

  constructor(options: JoinTokenServiceOptions) {
    this.#options = options;
  }

  /** @throws PodexError forbidden for a JWT; name_taken, address_taken when another server has the name or the address. */
  async create(input: CreateJoinTokenInput, call: Call): Promise<CreatedJoinToken> {
    return this.#create(call, async (tx) => ({ input, serverId: await findServerToRenew(tx, input) }));
  }

  /**
   * For a server that joined by itself: with this token it gets a new key and certificate, and stays what it is.
   *
   * @throws PodexError server_not_found; conflict when its certificates are the operator’s own; forbidden for a JWT.
   */
  async renew(id: ServerId, call: Call): Promise<CreatedJoinToken> {
    return this.#create(call, async (tx) => {
      const server = await findServer(tx, id);
      if (server === undefined) throw new PodexError('server_not_found', 'There is no such server.', {});
      if (server.enrolled_at === null) throw notEnrolled(server);
      const { name, hostname, docker_port } = server;
      return { input: { name, hostname, docker_port }, serverId: id };
    });
  }

  async #create(
    call: Call,
    bind: (tx: Tx) => Promise<{ input: CreateJoinTokenInput; serverId: ServerId | undefined }>,
  ): Promise<CreatedJoinToken> {
    requireLasting(call.actor);
    const { db, transact, frontendOrigin } = this.#options;
    const secretOf = this.#newSecret(call);
    const id = await transact((work) => {
      const { tx } = work;
      const newToken = newId('joinToken');
      return createOnce(tx, call, { id: newToken, schema: joinTokenId }, async () => {
        await call.requireStill(tx);
        const { input, serverId } = await bind(tx);
        await revokeJoinTokensOf(tx, input.name);
        await insertJoinToken(tx, {
          id: newToken,
          secretHash: hashSecret(secretOf(newToken)),
          name: input.name,
          hostname: input.hostname,
          port: input.docker_port,
          labels: input.labels,
          region: input.region,
          serverId,
          createdBy: call.actor.userId,
          expiresInSeconds: EXPIRES_IN_SECONDS,
        });
        appendAudit(work, call, {
          action: 'join_token.created',
          target: { kind: 'join_token', id: newToken, name: input.name },
          details: { hostname: input.hostname, docker_port: input.docker_port, server_id: serverId ?? null },
        });
      });
    });
    const row = await findOpenJoinToken(db, { id });
    if (row === undefined) throw notFound();
    const token = secretOf(id);
    const command = `podex servers join --token ${token} --url ${frontendOrigin}`;
    return { ...present(row), token, command };
  }

  async list(page: PageQuery): Promise<{ items: JoinToken[]; next: string | null }> {
    return toPage(await listOpenJoinTokens(this.#options.db, page), page.limit, present);
  }

  /** @throws PodexError join_token_not_found. */
  async revoke(id: JoinTokenId, call: Call): Promise<void> {
    await this.#options.transact(async (work) => {
      const name = await revokeJoinToken(work.tx, id);
      if (name === undefined) throw notFound();
      appendAudit(work, call, { action: 'join_token.revoked', target: { kind: 'join_token', id, name } });
    });
  }

  /** @throws PodexError join_token_not_valid. */
  async lookUp(secret: string): Promise<OpenJoinToken> {
    const row = await findOpenJoinToken(this.#options.db, { secretHash: hashSecret(secret) });
    if (row === undefined) throw joinTokenNotValid();
    return {
      name: row.name,
      hostname: row.hostname,
      docker_port: row.docker_port,
      expires_at: row.expires_at.toISOString(),
    };
  }

  /** A repeated request is answered with the same secret, and none comes back with another token. */
  #newSecret({ actor, idempotency }: Call): (id: JoinTokenId) => string {
    if (idempotency === undefined) {
      const secret = `${SECRET_PREFIX}${randomBytes(32).toString('base64url')}`;
      return () => secret;
    }
    return (id) => {
      const digest = createHmac('sha256', this.#options.sessionSecret)
        .update(`join token\0${id}\0${actor.userId}\0${idempotency.key}\0`)
        .update(idempotency.hash)
        .digest('base64url');
      return `${SECRET_PREFIX}${digest}`;
    };
  }
}

/** The same for every token that cannot be used: nobody learns whether it was ever there. */
export function joinTokenNotValid(): PodexError {
  return new PodexError(
    'join_token_not_valid',
    'This join token cannot be used. It may have expired, been used or been revoked. Ask an admin for a new one.',
    {},
  );
}

/** Undefined: it is a new server. Name and address together say that it is one that is there already. */
async function findServerToRenew(tx: Tx, input: CreateJoinTokenInput): Promise<ServerId | undefined> {
  const [byName, there] = [await findServerIdByName(tx, input.name), await findServerAt(tx, input)];
  if (byName !== undefined && byName === there?.id) return byName;
  await requireFree(tx, undefined, input);
  return undefined;
}

function notEnrolled({ name, hostname, docker_socket: socket }: ServerRow): PodexError {
  const message =
    socket === null
      ? `The server ${name} did not join by itself, so its certificates are your own. Replace the files on its disk and restart its engine, or have it join: podex servers invite ${name} --address ${hostname}`
      : `The server ${name} is the engine beside compute, which has no certificate.`;
  return new PodexError('conflict', message, {});
}

function notFound(): PodexError {
  return new PodexError('join_token_not_found', 'There is no such open join token.', {});
}

function present(row: JoinTokenRow): JoinToken {
  return {
    id: row.id,
    name: row.name,
    hostname: row.hostname,
    docker_port: row.docker_port,
    labels: row.labels,
    region: row.region,
    server_id: row.server_id,
    created_by: row.created_by_email,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
  };
}
