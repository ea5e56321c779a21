import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse } from 'hono/utils/cookie';

/** What better-auth keeps in cookies of its own, and how it signs them. */
export interface SessionCookieNames {
  sessionToken: { name: string };
  /** There when the person did not want to be remembered: the session is never prolonged. */
  dontRememberToken: { name: string };
}

export interface SessionCookie {
  token: string;
  isRemembered: boolean;
}

/**
 * The session that a `Cookie` header shows; undefined without one, or when its signature is not ours. Undefined for two as well: cookies
 * know no ports, so a program of the page’s host can put its own session beside a person’s, who would then act and type in that one.
 */
export function readSessionCookie(
  header: string,
  names: SessionCookieNames,
  secret: string,
): SessionCookie | undefined {
  if (countOf(header, names.sessionToken.name) > 1) return undefined;
  const cookies = parse(header);
  const token = readSigned(cookies[names.sessionToken.name], secret);
  if (token === undefined) return undefined;
  return { token, isRemembered: readSigned(cookies[names.dontRememberToken.name], secret) === undefined };
}

const SESSION_NAME = /^(?:__Secure-)?podex\.session_token$/;

/** A `Cookie` header for better-auth, which would take the first of two sessions: then there is none in it. */
export function withOneSession(header: string): string {
  const parts = header.split(';');
  const others = parts.filter((part) => !SESSION_NAME.test(nameOf(part)));
  return parts.length - others.length > 1 ? others.join(';') : header;
}

function countOf(header: string, name: string): number {
  return header.split(';').filter((part) => nameOf(part) === name).length;
}

function nameOf(part: string): string {
  return part.split('=')[0]?.trim() ?? '';
}

/** better-auth writes `value.signature`: HMAC-SHA-256 in base64. */
function readSigned(cookie: string | undefined, secret: string): string | undefined {
  const end = cookie?.lastIndexOf('.') ?? -1;
  if (cookie === undefined || end < 1) return undefined;
  const value = cookie.slice(0, end);
  const expected = createHmac('sha256', secret).update(value).digest('base64');
  const given = Buffer.from(cookie.slice(end + 1));
  const isOurs = given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
  return isOurs ? value : undefined;
}
