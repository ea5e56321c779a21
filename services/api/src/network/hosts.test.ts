import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it } from 'vitest';
import { createRequireHost, listAllowedHosts, parseHost } from './hosts.ts';

function codeOf(
  frontendOrigin: string,
  host: string[] | undefined,
  path = '/api/me',
  apiHosts: string[] = [],
) {
  const added = apiHosts.map((name) => parseHost(name)).filter((name) => name !== undefined);
  const requireHost = createRequireHost(listAllowedHosts({ frontendOrigin, apiHosts: added }));
  try {
    requireHost({ headersDistinct: host === undefined ? {} : { host } }, path);
    return 'allowed';
  } catch (error) {
    return PodexError.isInstance(error) ? error.code : error;
  }
}

describe('the hosts of api', () => {
  it.each([
    ['podex.yourdomain.com', 'allowed'],
    ['api.podex.yourdomain.com', 'allowed'],
    ['API.Podex.YourDomain.com:443', 'allowed'],
    ['podex.yourdomain.com.', 'allowed'],
    ['podex.yourdomain.com.evil.example', 'host_not_allowed'],
    ['evil.example', 'host_not_allowed'],
    ['localhost:3001', 'host_not_allowed'],
    ['127.0.0.1:3001', 'host_not_allowed'],
    ['yourdomain.com', 'host_not_allowed'],
  ])('of a page at podex.yourdomain.com: %s is %s', (host, outcome) => {
    expect(codeOf('https://podex.yourdomain.com', [host])).toBe(outcome);
  });

  it.each([
    ['localhost:3001', 'allowed'],
    ['127.0.0.1:3001', 'allowed'],
    ['[::1]:3001', 'allowed'],
    ['api.localhost', 'host_not_allowed'],
    ['localhost.evil.example:3001', 'host_not_allowed'],
    ['127.0.0.2', 'host_not_allowed'],
  ])('of a page on loopback: %s is %s', (host, outcome) => {
    expect(codeOf('http://localhost:3000', [host])).toBe(outcome);
  });

  it('are those of API_HOSTS as well, with their port where one is given', () => {
    const added = ['other.example', '10.0.1.2:3001'];
    expect(codeOf('https://podex.example', ['other.example:9'], '/api/me', added)).toBe('allowed');
    expect(codeOf('https://podex.example', ['10.0.1.2:3001'], '/api/me', added)).toBe('allowed');
    expect(codeOf('https://podex.example', ['10.0.1.2'], '/api/me', added)).toBe('host_not_allowed');
    expect(codeOf('https://podex.example', ['10.0.1.2:3002'], '/api/me', added)).toBe('host_not_allowed');
  });

  it('do not count for health and metrics, but a broken Host does', () => {
    for (const path of ['/health', '/ready', '/metrics']) {
      expect(codeOf('https://podex.example', ['10.0.0.1'], path)).toBe('allowed');
    }
    expect(codeOf('https://podex.example', ['10.0.0.1'], '/healthy')).toBe('host_not_allowed');
    for (const host of [
      undefined,
      [],
      ['a', 'a'],
      [''],
      ['a b'],
      ['a/b'],
      ['user@podex.example'],
      ['a:b:c'],
      ['a:99999999'],
    ]) {
      expect(codeOf('https://podex.example', host, '/health')).toBe('invalid_request');
    }
  });
});
