import { expect, it } from 'vitest';
import { toPodexRefusal } from './auth-errors.ts';

const refusal = (status: number, body: unknown) =>
  toPodexRefusal(
    new Response(JSON.stringify(body), { status, headers: { 'set-cookie': 'a=b' } }),
    'request-1',
  );

it.each([
  [401, { code: 'INVALID_EMAIL_OR_PASSWORD', message: 'no' }, 401, 'invalid_credentials'],
  [422, { code: 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL', message: 'taken' }, 409, 'conflict'],
  [403, { code: 'INVALID_ORIGIN', message: 'no' }, 403, 'origin_not_allowed'],
  [400, { code: 'SOMETHING_NEW', message: 'no' }, 400, 'invalid_request'],
  [404, null, 404, 'not_found'],
  [500, 'not an object', 500, 'internal'],
])('gives a refusal of sign-in (%i) our form', async (status, body, ourStatus, code) => {
  const answer = await refusal(status, body);
  expect(answer.status).toBe(ourStatus);
  expect(answer.headers.get('set-cookie')).toBe('a=b');
  expect(await answer.json()).toMatchObject({ error: { code, request_id: 'request-1' } });
});

it('leaves what succeeded as it is', async () => {
  const response = Response.json({ ok: true });
  expect(await toPodexRefusal(response, 'request-1')).toBe(response);
});
