import { createHash, hkdfSync } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import { CAPABILITY_SECONDS_MAX, type Capability, capability } from '@podex/contracts/internal/capability';
import { portTunnelPath } from '@podex/contracts/internal/port-tunnel';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { type Keys, listKeys } from './key-list.ts';

const ALGORITHM = 'HS256';
const TYPE = 'podex-capability+jwt';
const ISSUER = 'podex-api';
const AUDIENCE = 'podex-compute';
const CLOCK_SKEW_SECONDS = 5;
/** Requests are checked when they begin, so that seconds are enough; a turn’s must outlast a renewal that is late. */
const LIFETIME_SECONDS: Readonly<Record<Capability['kind'], number>> = {
  request: 30,
  turn: CAPABILITY_SECONDS_MAX,
  port: 30,
};

/** The request that a capability is for, as the next hop receives it. */
export interface CapabilityRequest {
  method: string;
  /** Path and query. */
  target: string;
}

export interface RequestGrant extends CapabilityRequest {
  workspaceId: WorkspaceId;
  userId: UserId;
  access: 'read' | 'write';
  requestId: string;
}

export type SignCapability = (claims: Capability) => Promise<string>;

/** Between the tokens of a capability that was signed with two keys; no token has it. */
const SEPARATOR = '~';
/** Of a capability, so that a long header costs no more than a short one. */
const TOKENS_MAX = 2;

/**
 * `keys`: what api and compute share. The signing keys are derived from them, so that the keys themselves never travel. With two keys a
 * capability is signed with each: compute may know either, whichever service was given the new one first.
 */
export function createCapabilitySigner(keys: Keys): SignCapability {
  const secrets = listKeys(keys).map(deriveSecret);
  const sign = (claims: Capability, secret: Uint8Array) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS[claims.kind]}s`)
      .sign(secret);
  return async (claims) => {
    const tokens = await Promise.all(secrets.map((secret) => sign(claims, secret)));
    return tokens.join(SEPARATOR);
  };
}

/** The claims of a capability for one request. */
export function requestClaims({
  workspaceId,
  userId,
  access,
  requestId,
  ...request
}: RequestGrant): Capability {
  return {
    kind: 'request',
    workspace_id: workspaceId,
    user_id: userId,
    access,
    request_id: requestId,
    target_hash: targetHash(request),
  };
}

export interface CheckedRequest extends CapabilityRequest {
  authorization: string | undefined;
  workspaceId: WorkspaceId;
}

/**
 * Checks that the bearer token of a request is a capability for exactly this request.
 *
 * @throws PodexError unauthenticated when it is none, or has expired; forbidden when it is for something else.
 */
export type CheckCapability = (request: CheckedRequest) => Promise<Capability>;

/**
 * With two keys it accepts what either signed.
 *
 * @param heardClock the time as api says it, where it is known: this machine’s clock may be minutes off. What is good by either is good.
 */
export function createCapabilityCheck(
  keys: Keys,
  heardClock: () => Date | undefined = () => undefined,
): CheckCapability {
  const secrets = listKeys(keys).map(deriveSecret);
  return async (request) => {
    const claims = await verify(request.authorization, secrets, [new Date(), heardClock() ?? new Date()]);
    if (claims.workspace_id !== request.workspaceId) throw beyond('another workspace');
    if (claims.kind === 'request' && claims.target_hash !== targetHash(request))
      throw beyond('another request');
    if (claims.kind === 'port' && request.target !== portTunnelPath(claims.workspace_id, claims.port))
      throw beyond('another port');
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    if (claims.access === 'read' && !isReading) throw beyond('reading only');
    return claims;
  };
}

function deriveSecret(key: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', 'podex workspace capability', 32));
}

function targetHash({ method, target }: CapabilityRequest): string {
  return createHash('sha256').update(`${method} ${target}`).digest('base64url');
}

async function verify(
  authorization: string | undefined,
  secrets: readonly Uint8Array[],
  clocks: readonly Date[],
): Promise<Capability> {
  const bearer = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : '';
  const options = {
    algorithms: [ALGORITHM],
    typ: TYPE,
    issuer: ISSUER,
    audience: AUDIENCE,
    clockTolerance: CLOCK_SKEW_SECONDS,
    maxTokenAge: CAPABILITY_SECONDS_MAX,
    requiredClaims: ['exp', 'iat'],
  };
  let payload: JWTPayload | undefined;
  let cause: unknown;
  for (const token of bearer.split(SEPARATOR, TOKENS_MAX)) {
    for (const [secret, currentDate] of secrets.flatMap((key) => clocks.map((at) => [key, at] as const))) {
      try {
        payload ??= (await jwtVerify(token, secret, { ...options, currentDate })).payload;
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        cause = error;
      }
    }
  }
  if (payload === undefined) {
    throw new PodexError('unauthenticated', 'A capability of api for this request is needed.', {}, { cause });
  }
  const claims = capability.safeParse(payload);
  if (claims.success) return claims.data;
  throw new PodexError('unauthenticated', 'This is not a capability for a workspace.', {});
}

function beyond(what: string): PodexError {
  return new PodexError('forbidden', `This capability is for ${what}.`, {});
}
