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
});
