import { NextRequest } from 'next/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from './config.ts';
import { isPageHost } from './page-host.ts';
import { proxy } from './proxy.ts';

afterEach(() => vi.unstubAllEnvs());

describe('isPageHost', () => {
  const under = (FRONTEND_URL: string, NODE_ENV = 'production') => {
    const config = loadConfig({ FRONTEND_URL, NODE_ENV });
    return (host: string | null) => isPageHost(host, config);
  };

  it('is the host of FRONTEND_URL, in any spelling', () => {
    const isAllowed = under('https://podex.example.com');
    for (const host of ['podex.example.com', 'PODEX.example.com.', 'podex.example.com:443']) {
      expect(isAllowed(host), host).toBe(true);
    }
    for (const host of [
      'evil.example',
      'podex.example.com.evil.example',
      'localhost:3000',
      '',
      null,
      'a b',
      'a@b',
    ]) {
      expect(isAllowed(host), String(host)).toBe(false);
    }
  });

  it('is any name of this machine where the page is there, or in development', () => {
    expect(under('http://localhost:3000')('127.0.0.1:3000')).toBe(true);
    expect(under('http://localhost:3000')('evil.example:3000')).toBe(false);
    expect(under('https://podex.example.com', 'development')('localhost:3000')).toBe(true);
  });
});

describe('the proxy of the page', () => {
  const open = (url: string, headers: Record<string, string> = {}) => {
    const { host } = new URL(url);
    return proxy(new NextRequest(url, { headers: { host, ...headers } }));
  };

  it('tells a strange name nothing but the cause, in the shape of every error', async () => {
    vi.stubEnv('FRONTEND_URL', 'https://podex.example.com');
    const response = open('http://evil.example/workspaces', { 'x-forwarded-host': 'podex.example.com' });
    expect(response.status).toBe(421);
    expect(await response.json()).toEqual({
      error: {
        code: 'host_not_allowed',
        message: expect.stringContaining('FRONTEND_URL'),
        context: { host: 'evil.example' },
        request_id: expect.any(String),
      },
    });
  });

  it('asks browsers to stay with https where the page is served so', () => {
    vi.stubEnv('FRONTEND_URL', 'https://podex.example.com');
    const secured = open('http://podex.example.com/workspaces').headers;
    expect(secured.get('strict-transport-security')).toBe('max-age=31536000');
    vi.stubEnv('FRONTEND_URL', 'http://localhost:3000');
    expect(open('http://localhost:3000/').headers.has('strict-transport-security')).toBe(false);
  });

  it('gives every response a nonce of its own, whatever nonce came along', () => {
    vi.stubEnv('FRONTEND_URL', 'http://localhost:3000');
    const policies = [1, 2].map(() => {
      const headers = { 'x-nonce': 'mine', 'content-security-policy': "script-src 'nonce-mine'" };
      return open('http://localhost:3000/', headers).headers.get('content-security-policy');
    });
    expect(policies[0]).not.toBe(policies[1]);
    for (const policy of policies) {
      expect(policy).toMatch(/script-src 'self' 'nonce-[\w+/=]{24}' 'strict-dynamic';/);
      expect(policy).not.toContain('mine');
      expect(policy).toContain(
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
    }
  });
});
