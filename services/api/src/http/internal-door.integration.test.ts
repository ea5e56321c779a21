import { describe, expect, it } from 'vitest';
import { sendRaw } from '../../testing/raw-request.ts';
import { setUpApi, setUpPostgres } from '../../testing/set-up.ts';

const OLD = 'the-old-internal-token-of-32-characters';
const NEW = 'the-new-internal-token-of-32-characters';
const postgres = setUpPostgres();
const variables = {
  FRONTEND_URL: 'https://podex.example.com',
  TRUSTED_PROXIES: '127.0.0.1',
  INTERNAL_SERVICE_TOKEN: `${NEW},${OLD}`,
};
const api = setUpApi(() => ({ variables }), postgres);

async function ask(path: string, ...lines: string[]) {
  const request = [`GET ${path} HTTP/1.1`, ...lines, 'Connection: close'].join('\r\n');
  const { status, headers, body } = await sendRaw(api().baseUrl, `${request}\r\n\r\n`);
  const { 'x-request-id': _id, date: _date, ...others } = headers;
  const { request_id: _requestId, ...error } = JSON.parse(body).error ?? {};
  return { status, headers: others, error };
}

const PRIVATE_HOST = 'Host: 10.0.1.2:3001';
const bearer = (key: string) => `Authorization: Bearer ${key}`;

describe('/internal/*', () => {
  it.each([NEW, OLD])('answers services that show either key (%#)', async (key) => {
    const { status } = await ask('/internal/servers', 'Host: 127.0.0.1', bearer(key));
    expect(status).toBe(200);
    // By address too, which is none of the names of API_HOSTS.
    expect((await ask('/internal/servers', PRIVATE_HOST, bearer(key))).status).toBe(200);
  });

  it.each([
    ['no key', ['Host: 127.0.0.1']],
    ['a wrong key', ['Host: 127.0.0.1', bearer(`${NEW}x`)]],
    ['both keys at once', ['Host: 127.0.0.1', bearer(`${NEW},${OLD}`)]],
    ['a key twice', ['Host: 127.0.0.1', bearer(NEW), bearer(NEW)]],
    ['the key and a proxy', ['Host: 127.0.0.1', bearer(NEW), 'X-Forwarded-For: 203.0.113.7']],
    ['the key and another kind of proxy', ['Host: 127.0.0.1', bearer(NEW), 'Forwarded: for=203.0.113.7']],
    ['the key and a gateway', ['Host: 127.0.0.1', bearer(NEW), 'Via: 1.1 gateway']],
    ['the key and an empty list', ['Host: 127.0.0.1', bearer(NEW), 'X-Forwarded-For:']],
    ['the key and the name of the page', ['Host: podex.example.com', bearer(NEW)]],
    ['the key and the name of the page, in capitals', ['Host: PODEX.EXAMPLE.COM.:443', bearer(NEW)]],
    ['the key and the public name of api', ['Host: api.podex.example.com', bearer(NEW)]],
  ])('does not exist for %s', async (_name, lines) => {
    for (const there of ['/internal/servers', '/internal/turns/claim', '/internal/admin_token']) {
      const nowhere = there.replace('internal', 'notthere');
      const response = await ask(there, ...lines);
      const reference = await ask(nowhere, ...lines);
      expect(response.status).toBe(404);
      const withoutMessage = ({ error, ...rest }: typeof response) => ({ ...rest, code: error.code });
      expect(withoutMessage(response)).toEqual(withoutMessage(reference));
      expect(response.error.message).toBe(`There is no GET ${there}.`);
    }
  });

  it('is as absent as anything else under a name that is none of ours', async () => {
    expect((await ask('/internal/servers', 'Host: evil.example', bearer(OLD.slice(1)))).status).toBe(421);
  });

  it('is not opened by another spelling', async () => {
    for (const path of [
      '/INTERNAL/servers',
      '//internal/servers',
      '/%69nternal/servers',
      '/api/../internal/servers',
    ]) {
      expect((await ask(path, 'Host: podex.example.com', bearer(NEW))).status, path).toBe(404);
    }
  });
});
