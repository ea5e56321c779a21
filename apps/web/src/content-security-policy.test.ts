import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { contentSecurityPolicy } from './content-security-policy.ts';

function connectSources(environment: Record<string, string>, host: string | null): string | undefined {
  const policy = contentSecurityPolicy({ config: loadConfig(environment), host, nonce: 'n' });
  return /connect-src ([^;]+)/.exec(policy)?.[1];
}

describe('contentSecurityPolicy', () => {
  it('runs scripts by nonce, without eval, in no frame', () => {
    const policy = contentSecurityPolicy({ config: loadConfig({}), host: 'podex.test', nonce: 'abc' });
    expect(policy).toContain("script-src 'self' 'nonce-abc' 'strict-dynamic';");
    expect(policy).not.toContain('unsafe-eval');
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it('lets the page talk to api alone', () => {
    expect(connectSources({ NEXT_PUBLIC_API_URL: 'https://api.test' }, 'x')).toBe(
      "'self' https://api.test wss://api.test",
    );
    expect(connectSources({}, 'podex.test:3000')).toBe(
      "'self' http://podex.test:3001 https://podex.test:3001 ws://podex.test:3001 wss://podex.test:3001",
    );
  });

  it('takes nothing from a Host header that is no host', () => {
    expect(connectSources({}, "x; script-src 'unsafe-inline'")).toBe("'self'");
    expect(connectSources({}, null)).toBe("'self'");
  });

  it.each<[string, Record<string, string>, string]>([
    ['on this machine', { FRONTEND_URL: 'http://localhost:3000' }, 'http://*.preview.localhost:3001'],
    ['nowhere', { FRONTEND_URL: 'https://podex.test' }, "'none'"],
    [
      'below a domain',
      { FRONTEND_URL: 'https://podex.test', PREVIEW_DOMAIN: 'previews.test' },
      'https://*.previews.test',
    ],
    [
      'below a domain without TLS',
      { FRONTEND_URL: 'http://podex.test', PREVIEW_DOMAIN: 'previews.test', PODEX_API_PORT: '4001' },
      'http://*.previews.test:4001',
    ],
    [
      'below a domain with a port',
      { FRONTEND_URL: 'https://podex.test', PREVIEW_DOMAIN: 'previews.test:8443' },
      'https://*.previews.test:8443',
    ],
    [
      'at a port of the page’s host',
      { FRONTEND_URL: 'https://podex.test', PREVIEW_PORT: '3004' },
      'https://podex.test:3004',
    ],
  ])('has frames of previews and of nothing else: %s', (_where, environment, sources) => {
    const policy = contentSecurityPolicy({ config: loadConfig(environment), host: 'x', nonce: 'n' });
    expect(/frame-src ([^;]+)/.exec(policy)?.[1]).toBe(sources);
  });

  it('takes no domain of previews that is no host', () => {
    expect(() => loadConfig({ PREVIEW_DOMAIN: "x; script-src 'unsafe-inline'" })).toThrow(/PREVIEW_DOMAIN/);
  });
});
