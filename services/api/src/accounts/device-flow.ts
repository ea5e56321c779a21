import { createHmac, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { createdToken } from '@podex/contracts/accounts';
import { SCOPES_OF_PRESET } from '@podex/contracts/accounts';
import {
  type CreateDeviceCodeInput,
  type CreatedDeviceCode,
  type DeviceDecision,
  type DeviceRequest,
  USER_CODE_LENGTH,
  USER_CODE_LETTERS,
} from '@podex/contracts/devices';
import { assertNever, PodexError } from '@podex/contracts/errors';
import type { z } from 'zod';
import { type AuditBy, appendAudit } from '../audit/append-audit.ts';
import type { Call } from '../calls/call.ts';
import { coversScopes } from '../calls/scopes.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Transact, Work } from '../database/transact.ts';
import { networkOf } from '../network/client-address.ts';
import { deriveKey } from './derived-key.ts';
import {
  countOpenOfNetwork,
  type DeviceRequestRow,
  decideRequest,
  deleteRequest,
  findOpenRequest,
  insertDeviceRequest,
  lockRequest,
  notePoll,
} from './device-request-store.ts';
import { requireSession } from './lasting-credential.ts';
import { hashSecret, type TokenService } from './tokens.ts';

const EXPIRES_IN_SECONDS = 10 * 60;
const POLL_SECONDS = 3;
/** What a program that asks too soon has to wait longer from then on (RFC 8628 §3.5). */
const SLOW_DOWN_SECONDS = 5;
const POLL_SECONDS_MAX = 60;
const OPEN_PER_NETWORK_MAX = 10;
const CODE_ATTEMPTS_MAX = 3;
const TOKEN_DAYS = 90;

export interface DeviceFlowOptions {
  db: Db;
  transact: Transact;
  tokens: Pick<TokenService, 'issue'>;
  sessionSecret: string;
  frontendOrigin: string;
}

type Poll =
  | { outcome: 'token'; token: z.infer<typeof createdToken> }
  | { outcome: 'pending' | 'too_soon'; seconds: number }
  | { outcome: 'denied' | 'unknown' };

/** Signs programs in without a password: a person approves them on the page (RFC 8628). */
export class DeviceFlow {
  readonly #options: DeviceFlowOptions;
  readonly #userCodeKey: Buffer;

  constructor(options: DeviceFlowOptions) {
    this.#options = options;
    this.#userCodeKey = deriveKey(options.sessionSecret, 'user codes of devices');
  }

  /** @throws PodexError limit_reached when too many programs of this network wait already. */
  async begin(input: CreateDeviceCodeInput, address: string): Promise<CreatedDeviceCode> {
    const network = networkOf(address);
    const deviceCode = `pdxd_${randomBytes(32).toString('base64url')}`;
    const { userCode, expiresAt } = await this.#options.transact(async ({ tx }) => {
      await requireRoomForRequest(tx, network);
      return this.#insert(tx, { input, address, network, deviceCode });
    });
    const page = `${this.#options.frontendOrigin}/device`;
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?${new URLSearchParams({ user_code: userCode })}`,
      expires_at: expiresAt.toISOString(),
      expires_in: EXPIRES_IN_SECONDS,
      interval: POLL_SECONDS,
    };
  }

  /** @throws PodexError authorization_pending, slow_down, access_denied, expired_token, limit_reached. */
  async poll(deviceCode: string, by: AuditBy): Promise<z.infer<typeof createdToken>> {
    const poll = await this.#options.transact((work) => this.#look(work, by, hashSecret(deviceCode)));
    switch (poll.outcome) {
      case 'token':
        return poll.token;
      case 'pending':
        throw new PodexError('authorization_pending', 'Nobody has approved this program yet. Ask again.', {
          interval_seconds: poll.seconds,
        });
      case 'too_soon':
        throw new PodexError('slow_down', `Wait ${poll.seconds} seconds between two requests.`, {
          interval_seconds: poll.seconds,
        });
      case 'denied':
        throw new PodexError('access_denied', 'The person who was asked denied it.', {});
      case 'unknown':
        throw new PodexError(
          'expired_token',
          'This code has expired, or was used already. Sign in again to get a new one.',
          {},
        );
      default:
        return assertNever(poll);
    }
  }

  /** @throws PodexError device_request_not_found. */
  async find(userCode: string, viewerAddress: string): Promise<DeviceRequest> {
    const row = await findOpenRequest(this.#options.db, this.#hashUserCode(userCode));
    if (row === undefined) throw requestNotFound();
    return presentRequest(row, userCode, viewerAddress);
  }

  /** @throws PodexError device_request_not_found; forbidden for tokens, and for more than the person may do. */
  async decide(userCode: string, decision: DeviceDecision, call: Call): Promise<void> {
    const { actor } = call;
    const hash = this.#hashUserCode(userCode);
    const isDecided = await this.#options.transact(async (work) => {
      const { tx } = work;
      const request = await findOpenRequest(tx, hash);
      if (request === undefined) return false;
      const sessionId = requireSession(actor, 'approve a program');
      if (
        decision === 'approve' &&
        !SCOPES_OF_PRESET[request.scope].every((scope) => coversScopes(actor.scopes, [scope]))
      ) {
        throw new PodexError(
          'forbidden',
          `${request.client_name} asks for scope ${request.scope}, which is beyond what you may do. Sign it in with a lesser scope.`,
          {},
        );
      }
      if (!(await decideRequest(tx, hash, { decision, by: actor.userId, sessionId }))) return false;
      appendAudit(work, call, {
        action: decision === 'approve' ? 'device.approved' : 'device.denied',
        target: { kind: 'device', id: request.id, name: request.client_name },
        details: { scope: request.scope, address: request.address },
      });
      return true;
    });
    if (!isDecided) throw requestNotFound();
  }

  async #look(work: Work, by: AuditBy, deviceCodeHash: Buffer): Promise<Poll> {
    const { tx } = work;
    const request = await lockRequest(tx, deviceCodeHash);
    if (request === undefined) return { outcome: 'unknown' };
    if (request.decision === null || request.decided_by === null) {
      const seconds = request.is_too_soon
        ? Math.min(POLL_SECONDS_MAX, request.poll_seconds + SLOW_DOWN_SECONDS)
        : request.poll_seconds;
      await notePoll(tx, request.id, seconds);
      return { outcome: request.is_too_soon ? 'too_soon' : 'pending', seconds };
    }
    await deleteRequest(tx, request.id);
    if (request.decision === 'deny') return { outcome: 'denied' };
    const token = await this.#options.tokens.issue(tx, {
      userId: request.decided_by,
      name: request.client_name,
      scopes: SCOPES_OF_PRESET[request.scope],
      expiresInDays: TOKEN_DAYS,
    });
    appendAudit(work, by, {
      action: 'token.created',
      target: { kind: 'token', id: token.id, name: token.name },
      details: {
        scopes: [...token.scopes],
        expires_in_days: TOKEN_DAYS,
        for: request.decided_by,
        device: request.id,
      },
    });
    return { outcome: 'token', token };
  }

  async #insert(
    tx: Tx,
    given: { input: CreateDeviceCodeInput; address: string; network: string; deviceCode: string },
  ): Promise<{ userCode: string; expiresAt: Date }> {
    for (let attempt = 1; attempt <= CODE_ATTEMPTS_MAX; attempt += 1) {
      const userCode = randomUserCode();
      const expiresAt = await insertDeviceRequest(tx, {
        id: randomUUID(),
        deviceCodeHash: hashSecret(given.deviceCode),
        userCodeHash: this.#hashUserCode(userCode),
        clientName: given.input.client_name,
        scope: given.input.scope,
        address: given.address,
        network: given.network,
        expiresInSeconds: EXPIRES_IN_SECONDS,
        pollSeconds: POLL_SECONDS,
      });
      if (expiresAt !== undefined) return { userCode, expiresAt };
    }
    throw new PodexError('service_unavailable', 'No free code was found. Try again.', { service: 'api' });
  }

  /** With a key: a plain hash of so short a code could be undone by trying all of them. */
  #hashUserCode(userCode: string): Buffer {
    const letters = userCode.replace('-', '').toUpperCase();
    return createHmac('sha256', this.#userCodeKey).update(letters).digest();
  }
}

async function requireRoomForRequest(tx: Tx, network: string): Promise<void> {
  const used = await countOpenOfNetwork(tx, network);
  if (used < OPEN_PER_NETWORK_MAX) return;
  throw new PodexError(
    'limit_reached',
    `${used} programs of your network wait to be approved. Approve or deny one, or try again in ten minutes.`,
    { limit: 'open_device_requests', max: OPEN_PER_NETWORK_MAX, used },
  );
}

function randomUserCode(): string {
  const letters = Array.from({ length: USER_CODE_LENGTH }, () =>
    USER_CODE_LETTERS.charAt(randomInt(USER_CODE_LETTERS.length)),
  ).join('');
  return formatUserCode(letters);
}

/** `BCDF-GHJK` of any way to write it. */
function formatUserCode(code: string): string {
  const letters = code.replace('-', '').toUpperCase();
  return `${letters.slice(0, USER_CODE_LENGTH / 2)}-${letters.slice(USER_CODE_LENGTH / 2)}`;
}

function requestNotFound(): PodexError {
  return new PodexError(
    'device_request_not_found',
    'This code is wrong, was used already, or has expired. Check it, or start again where it is shown.',
    {},
  );
}

function presentRequest(row: DeviceRequestRow, userCode: string, viewerAddress: string): DeviceRequest {
  return {
    user_code: formatUserCode(userCode),
    client_name: row.client_name,
    scope: row.scope,
    address: row.address,
    is_same_network: networkOf(viewerAddress) === row.network,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    token_days: TOKEN_DAYS,
  };
}
