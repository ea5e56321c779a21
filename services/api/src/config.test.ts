import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '@podex/service-kit/variables';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/temporary-folder.ts';
import { loadConfig } from './config.ts';
import { API_VARIABLES } from './variables.ts';

const NEEDED = {
  DATABASE_URL: 'postgresql://podex:secret@postgres:5432/podex',
  FRONTEND_URL: 'https://podex.example.com/',
  JWT_SECRET_KEY: 'x'.repeat(32),
  INTERNAL_SERVICE_TOKEN: 'i'.repeat(32),
  COMPUTE_SERVICE_URL: 'http://compute:3003',
  COMPUTE_INTERNAL_API_KEY: 'c'.repeat(32),
  AGENT_SERVICE_URL: 'http://agent:3002',
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration of api', () => {
  it('needs only what has no sensible default', () => {
    expect(loadConfig(NEEDED)).toMatchObject({
      isDevelopment: false,
      port: 3001,
      logLevel: 'info',
      redisUrl: undefined,
      frontendOrigin: 'https://podex.example.com',
      isSignUpOpen: false,
      firstAdmin: undefined,
      github: undefined,
      providers: { defaultProvider: null, openrouterApiKey: null },
      unusedVariables: [],
    });
  });

  it('has a port of previews only where that makes sense, and says why not elsewhere', () => {
    expect(loadConfig(NEEDED).previewPort).toBeUndefined();
    expect(loadConfig({ ...NEEDED, PREVIEW_PORT: '3004' }).previewPort).toBe(3004);
    const problems = (variables: Record<string, string>) => problemsOf({ ...NEEDED, ...variables }).join();
    expect(problems({ PREVIEW_PORT: '443' })).toMatch(/^PREVIEW_PORT: must not be 443.*FRONTEND_URL.*3004$/);
    expect(problems({ PREVIEW_PORT: '4000', PORT: '4000' })).toMatch(/^PREVIEW_PORT: must not be 4000/);
    expect(problems({ PREVIEW_PORT: '3004', PREVIEW_DOMAIN: 'previews.example' })).toMatch(
      /^PREVIEW_PORT: is of no use with PREVIEW_DOMAIN/,
    );
    expect(problems({ PREVIEW_PORT: '0' })).toContain('PREVIEW_PORT');
  });

  it('lists everything that is wrong at once', () => {
    const problems = problemsOf({
      JWT_SECRET_KEY: 'short',
      DATABASE_URL: 'mysql://x',
      PORT: 'many',
      JWT_SECRET: 'misspelt',
      ADMIN_EMAIL: 'admin@example.com',
      GITHUB_CLIENT_SECRET: 'half',
    });
    const names = problems.map((problem) => problem.split(':')[0]);
    expect(names.sort()).toEqual([
      'ADMIN_PASSWORD',
      'AGENT_SERVICE_URL',
      'COMPUTE_INTERNAL_API_KEY',
      'COMPUTE_SERVICE_URL',
      'DATABASE_URL',
      'FRONTEND_URL',
      'GITHUB_CLIENT_ID',
      'INTERNAL_SERVICE_TOKEN',
      'JWT_SECRET',
      'JWT_SECRET_KEY',
      'PORT',
    ]);
  });

  it('takes keys of secrets of 32 bytes, and former ones beside a current one alone', () => {
    const [hex, base64, url] = ['a1'.repeat(32), `${'/'.repeat(42)}8=`, 'A'.repeat(43)];
    const read = (variables: object) => loadConfig({ ...NEEDED, ...variables }).secretsKeys;
    expect(read({})).toBeUndefined();
    expect(read({ SECRETS_KEY: hex })).toEqual({ current: hex, previous: [] });
    const previous = { SECRETS_KEY_PREVIOUS: `${base64}, ${url}` };
    expect(read({ SECRETS_KEY: hex, ...previous })).toEqual({ current: hex, previous: [base64, url] });
    for (const wrong of ['a'.repeat(32), 'a'.repeat(63), `${url}==`, `${hex}00`, `${'A'.repeat(42)}!`]) {
      const named = { SECRETS_KEY: wrong, SECRETS_KEY_PREVIOUS: wrong };
      const problems = problemsOf({ ...NEEDED, ...named });
      expect(problems.map((problem) => problem.split(':')[0])).toEqual([
        'SECRETS_KEY',
        'SECRETS_KEY_PREVIOUS',
      ]);
      expect(problems.join()).not.toContain(wrong);
    }
    expect(problemsOf({ ...NEEDED, ...previous })).toEqual([
      expect.stringMatching(/^SECRETS_KEY: is missing/),
    ]);
    expect(problemsOf({ ...NEEDED, SECRETS_KEY: url, JWT_SECRET_KEY: url })).toEqual([
      expect.stringContaining('must differ from JWT_SECRET_KEY'),
    ]);
  });

  it.each([
    ['postgresql+asyncpg://u:p@h:5432/d', 'postgresql://u:p@h:5432/d'],
    ['postgres://u:p@h/d?sslmode=require', 'postgresql://u:p@h/d?sslmode=require'],
    ['postgresql://u:p@h/d', 'postgresql://u:p@h/d'],
  ])('reads the database URL %s', (given, expected) => {
    expect(loadConfig({ ...NEEDED, DATABASE_URL: given }).databaseUrl).toBe(expected);
  });

  it('reads secrets from files', () => {
    const folder = temporaryFolder('config');
    try {
      const file = path.join(folder, 'password');
      writeFileSync(file, 'from-the-file\n');
      const config = loadConfig({ ...NEEDED, ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD_FILE: file });
      expect(config.firstAdmin).toEqual({ email: 'a@example.com', password: 'from-the-file' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('takes the guide’s variables of later features, and says that they are not used', () => {
    const config = loadConfig({
      ...NEEDED,
      VOICE_PROVIDER: 'local',
      STRIPE_SECRET_KEY: 'sk_test_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_1',
    });
    expect(config.unusedVariables).toEqual(['VOICE_PROVIDER', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET']);
    expect(problemsOf({ ...NEEDED, VOICE_PROVIDER: 'siri' })).toHaveLength(1);
  });

  it('takes an OpenID Connect provider and a GitHub of one’s own', () => {
    const oidc = {
      OIDC_ISSUER: 'https://login.example.com/realms/acme/',
      OIDC_CLIENT_ID: 'podex',
      OIDC_CLIENT_SECRET: 'secret',
    };
    expect(loadConfig({ ...NEEDED, ...oidc }).oidc).toEqual({
      issuer: 'https://login.example.com/realms/acme/',
      clientId: 'podex',
      clientSecret: 'secret',
      name: 'Single sign-on',
    });
    expect(loadConfig({ ...NEEDED, ...oidc, OIDC_NAME: 'Acme' }).oidc?.name).toBe('Acme');
    const github = {
      GITHUB_CLIENT_ID: 'id',
      GITHUB_CLIENT_SECRET: 's',
      GITHUB_URL: 'https://git.example.com/',
    };
    expect(loadConfig({ ...NEEDED, ...github }).github?.baseUrl).toBe('https://git.example.com');
  });

  it.each([
    [{ OIDC_ISSUER: 'https://x.example' }, ['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET']],
    [{ OIDC_CLIENT_SECRET: 's', OIDC_NAME: 'x' }, ['OIDC_CLIENT_ID', 'OIDC_ISSUER', 'OIDC_ISSUER']],
    [{ OIDC_NAME: 'Acme', GITHUB_URL: 'https://git.example.com' }, ['GITHUB_CLIENT_ID', 'OIDC_ISSUER']],
    [{ OIDC_ISSUERS: 'misspelt' }, ['OIDC_ISSUERS']],
    [
      { OIDC_ISSUER: 'http://login.example.com', OIDC_CLIENT_ID: 'x', OIDC_CLIENT_SECRET: 's' },
      ['OIDC_ISSUER'],
    ],
    [
      { GITHUB_URL: 'https://u:p@git.example.com', GITHUB_CLIENT_ID: 'x', GITHUB_CLIENT_SECRET: 's' },
      ['GITHUB_URL'],
    ],
  ])('refuses the sign-in variables %j', (given, expected) => {
    const problems = problemsOf({ ...NEEDED, ...(given satisfies object as Record<string, string>) });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(expected);
  });

  it('hands provider settings and sign-in clients on', () => {
    const config = loadConfig({
      ...NEEDED,
      LLM_PROVIDER: 'openrouter',
      OPENROUTER_API_KEY: 'sk-or-1',
      GITHUB_CLIENT_ID: 'id',
      GITHUB_CLIENT_SECRET: 'secret',
      SIGN_UP: 'open',
    });
    expect(config.providers).toEqual({ defaultProvider: 'openrouter', openrouterApiKey: 'sk-or-1' });
    expect(config.github).toEqual({ clientId: 'id', clientSecret: 'secret', baseUrl: 'https://github.com' });
    expect(config.isSignUpOpen).toBe(true);
  });

  it('sends mail where server and sender are set, and writes it to the log in development', () => {
    const SMTP_URL = 'smtp://127.0.0.1:2525';
    const MAIL_FROM = 'Podex <podex@example.com>';
    expect(loadConfig(NEEDED).mail).toBeUndefined();
    expect(loadConfig({ ...NEEDED, ENVIRONMENT: 'development' }).mail).toBe('log');
    expect(loadConfig({ ...NEEDED, SMTP_URL, MAIL_FROM }).mail).toEqual({
      server: { host: '127.0.0.1', port: 2525, isSecure: false, login: undefined },
      from: { name: 'Podex', address: 'podex@example.com' },
    });
    expect(problemsOf({ ...NEEDED, SMTP_URL })).toEqual([expect.stringMatching(/^MAIL_FROM: is missing/)]);
    const both = problemsOf({ ...NEEDED, SMTP_URL: 'mail.example.com', MAIL_FROM: 'me', SMTP_HOST: 'x' });
    expect(both.map((problem) => problem.split(':')[0])).toEqual(['SMTP_URL', 'MAIL_FROM', 'SMTP_HOST']);
  });

  it('prints no secret: whatever holds one is marked', () => {
    const secrets = Object.entries(API_VARIABLES).flatMap(([name, variable]) =>
      variable.secret ? [name] : [],
    );
    const named = Object.keys(API_VARIABLES).filter((name) =>
      /SECRET|PASSWORD|TOKEN|KEY|DATABASE_URL|REDIS_URL|SMTP_URL/.test(name),
    );
    expect(secrets.sort()).toEqual(named.sort());
  });
});
