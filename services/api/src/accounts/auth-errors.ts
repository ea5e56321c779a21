import { ERROR_TABLE, type ErrorCode, errorBody } from '@podex/contracts/errors';
import { z } from 'zod';

/** better-auth’s codes that mean more than their HTTP status does. */
const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  INVALID_EMAIL_OR_PASSWORD: 'invalid_credentials',
  INVALID_PASSWORD: 'invalid_credentials',
  INVALID_EMAIL: 'invalid_request',
  USER_NOT_FOUND: 'invalid_credentials',
  USER_ALREADY_EXISTS: 'conflict',
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: 'conflict',
  SIGN_UP_NOT_ALLOWED: 'forbidden',
  INVITATION_NOT_VALID: 'invitation_not_valid',
  INVALID_ORIGIN: 'origin_not_allowed',
  MISSING_OR_NULL_ORIGIN: 'origin_not_allowed',
  CROSS_SITE_NAVIGATION_LOGIN_BLOCKED: 'origin_not_allowed',
};
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  422: 'invalid_request',
};

const betterAuthError = z.object({ code: z.string().optional(), message: z.string().optional() });

/** A refusal of better-auth in the form of all other refusals. Its own `code` and `message` stay beside it for its clients. */
export async function toPodexRefusal(response: Response, requestId: string): Promise<Response> {
  if (response.status < 400) return response;
  const given = betterAuthError.safeParse(await readJson(response)).data ?? {};
  const code = (given.code ? BY_CODE[given.code] : undefined) ?? BY_STATUS[response.status] ?? 'internal';
  const message = given.message ?? 'Sign-in refused this request.';
  const body = errorBody.parse({ error: { code, message, request_id: requestId } });
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  headers.set('content-type', 'application/json');
  return new Response(JSON.stringify({ ...given, ...body }), { status: ERROR_TABLE[code].status, headers });
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // An empty or non-JSON refusal: its status says what there is to say.
    return {};
  }
}
