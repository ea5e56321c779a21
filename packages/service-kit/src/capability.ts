import { createHash, hkdfSync } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import { CAPABILITY_SECONDS_MAX, type Capability, capability } from '@podex/contracts/internal/capability';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';

const ALGORITHM = 'HS256';
const TYPE = 'podex-capability+jwt';
const ISSUER = 'podex-api';
const AUDIENCE = 'podex-compute';
const CLOCK_SKEW_SECONDS = 5;
/** Requests are checked when they begin, so that seconds are enough; a turn’s must outlast a renewal that is late. */
const LIFETIME_SECONDS: Readonly<Record<Capability['kind'], number>> = {
  request: 30,
  turn: CAPABILITY_SECONDS_MAX,
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

/** `key`: what api and compute share. The signing key is derived from it, so that the key itself never travels. */
export function createCapabilitySigner(key: string): SignCapability {
  const secret = deriveSecret(key);
  return (claims) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS[claims.kind]}s`)
      .sign(secret);
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

export function createCapabilityCheck(key: string): CheckCapability {
  const secret = deriveSecret(key);
  return async (request) => {
    const claims = await verify(request.authorization, secret);
    if (claims.workspace_id !== request.workspaceId) throw beyond('another workspace');
    if (claims.kind === 'request' && claims.target_hash !== targetHash(request))
      throw beyond('another request');
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

async function verify(authorization: string | undefined, secret: Uint8Array): Promise<Capability> {
  const token = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : '';
  const options = {
    algorithms: [ALGORITHM],
    typ: TYPE,
    issuer: ISSUER,
    audience: AUDIENCE,
    clockTolerance: CLOCK_SKEW_SECONDS,
    maxTokenAge: CAPABILITY_SECONDS_MAX,
    requiredClaims: ['exp', 'iat'],
  };
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(token, secret, options));
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new PodexError(
      'unauthenticated',
      'A capability of api for this request is needed.',
      {},
      { cause: error },
    );
  }
  const claims = capability.safeParse(payload);
  if (claims.success) return claims.data;
  throw new PodexError('unauthenticated', 'This is not a capability for a workspace.', {});
}

function beyond(what: string): PodexError {
  return new PodexError('forbidden', `This capability is for ${what}.`, {});
}
