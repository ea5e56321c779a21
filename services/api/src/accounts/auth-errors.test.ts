import { describe, expect, it } from 'vitest';
import { toPodexResponse } from './auth-errors.ts';
import { CHECKS_BUSY } from './password-checks.ts';

const PAGE = ['https://podex.example.com'];
const ours = (response: Response) => toPodexResponse(response, 'request-1', PAGE);
const refused = (status: number, body: string) =>
  ours(new Response(body, { status, headers: { 'set-cookie': 'a=b', 'content-type': 'text/html' } }));

it.each([
  [401, { code: 'INVALID_EMAIL_OR_PASSWORD', message: 'no' }, 401, 'invalid_credentials'],
  [403, { code: 'INVALID_ORIGIN', message: 'no' }, 403, 'origin_not_allowed'],
  [400, { code: 'SOMETHING_NEW', message: 'no' }, 400, 'invalid_request'],
  [415, { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'no' }, 415, 'unsupported_media_type'],
  [413, null, 413, 'too_large'],
  [405, null, 405, 'method_not_allowed'],
  [404, null, 404, 'not_found'],
  [500, 'not an object', 500, 'internal'],
  [503, { code: CHECKS_BUSY, message: 'no' }, 429, 'limit_reached'],
])('gives an error of better-auth (%i) our form', async (status, body, ourStatus, code) => {
  const response = await refused(status, JSON.stringify(body));
  expect(response.status).toBe(ourStatus);
  expect(response.headers.get('set-cookie')).toBe('a=b');
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toMatchObject({ error: { code, request_id: 'request-1' } });
});

it('passes on no page of HTML that tells of an error', async () => {
  const text = await (await refused(400, '<html>error</html>')).text();
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'invalid_request' } });
  expect(text).not.toContain('html');
});

it('leaves what succeeded as it is', async () => {
  const response = Response.json({ ok: true });
  expect(await ours(response)).toBe(response);
});

describe('a redirect', () => {
  const redirect = (location: string) => ours(new Response(null, { status: 302, headers: { location } }));

  it.each(['https://podex.example.com/workspaces', '/workspaces'])('to %s stays', async (location) => {
    const response = await redirect(location);
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('https://podex.example.com/workspaces');
  });

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    'https://podex.example.com@evil.example/',
    'https://podex.example.com.evil.example/',
    'http://podex.example.com/',
    'https://user:pass@podex.example.com/',
    'javascript:alert(1)',
    'data:text/html,x',
    'http://[',
  ])('to %s is refused', async (location) => {
    const response = await redirect(location);
    expect(response.status).toBe(403);
    expect(response.headers.get('location')).toBeNull();
  });
});
