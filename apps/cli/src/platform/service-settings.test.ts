import { describe, expect, it } from 'vitest';
import { loadConfig as loadAgentConfig } from '../../../../services/agent/src/config.ts';
import { loadConfig as loadApiConfig } from '../../../../services/api/src/config.ts';
import { loadConfig as loadComputeConfig } from '../../../../services/compute/src/config.ts';
import { podexHome } from '../state/podex-home.ts';
import { VARIABLES_BY_SERVICE } from './processes.ts';
import {
  ownAddress,
  type PlatformFacts,
  pageUrl,
  type ServiceName,
  serviceSettings,
} from './service-settings.ts';
import { serviceEnvironment } from './service-variables.ts';

function facts(overrides: Partial<PlatformFacts> = {}): PlatformFacts {
  return {
    home: podexHome('/var/lib/podex'),
    host: '127.0.0.1',
    ports: { web: 3100, api: 3101, agent: 3102, compute: 3103 },
    secrets: {
      jwt_secret_key: 'j'.repeat(43),
      compute_internal_api_key: 'c'.repeat(43),
      internal_service_token: 'i'.repeat(43),
      secrets_key: 's'.repeat(43),
      compute_ca_key_secret: 'a'.repeat(43),
      metrics_token: 'm'.repeat(43),
      admin_email: 'admin@podex.local',
      admin_password: 'abcde-fghij',
    },
    databaseUrl: 'postgresql://podex:secret@127.0.0.1:5555/podex',
    engineSocket: '/var/run/docker.sock',
    workspaceImage: 'podex/workspace:latest',
    memoryMb: 8000,
    demoModelUrl: undefined,
    operator: {},
    ...overrides,
  };
}

function environmentOf(service: ServiceName, of: PlatformFacts): Record<string, string> {
  return serviceEnvironment(VARIABLES_BY_SERVICE[service], of.operator, serviceSettings(of)[service]);
}

describe('what podex up tells the services', () => {
  it('is what each service accepts', () => {
    const api = loadApiConfig(environmentOf('api', facts()));
    const compute = loadComputeConfig(environmentOf('compute', facts()));
    const agent = loadAgentConfig(environmentOf('agent', facts()));
    expect(api.workspaceImage).toBe(compute.containers.defaultImage);
    expect(api).toMatchObject({ port: 3101, compute: { baseUrl: 'http://127.0.0.1:3103' } });
    expect(compute).toMatchObject({ port: 3103, localDockerSocket: '/var/run/docker.sock' });
    expect(agent).toMatchObject({ port: 3102, api: { baseUrl: 'http://127.0.0.1:3101' } });
  });

  it('keeps one container warm where there is memory for it, unless the operator says otherwise', () => {
    const poolOf = (these: Partial<PlatformFacts>) =>
      loadComputeConfig(environmentOf('compute', facts(these))).poolSize;
    expect(poolOf({})).toBe(1);
    expect(poolOf({ memoryMb: 4000 })).toBe(0);
    expect(poolOf({ operator: { COMPUTE_WARM_POOL_SIZE: '0' } })).toBe(0);
    expect(poolOf({ memoryMb: 4000, operator: { COMPUTE_WARM_POOL_SIZE: '3' } })).toBe(3);
  });

  it('keeps the key of secrets in use when the operator sets another, and former ones', () => {
    const { secrets } = facts();
    const own = loadApiConfig(environmentOf('api', facts())).secretsKeys;
    expect(own).toBeDefined();
    const operator = { SECRETS_KEY: 'o'.repeat(43) };
    const renewed = { ...secrets, secrets_key: 'n'.repeat(43), secrets_key_previous: secrets.secrets_key };
    for (const these of [
      facts({ operator }),
      facts({ secrets: renewed }),
      facts({ operator, secrets: renewed }),
    ]) {
      const { secretsKeys } = loadApiConfig(environmentOf('api', these));
      expect(secretsKeys?.current).not.toBe(own?.current);
      expect(secretsKeys?.previous).toContain(own?.current);
    }
  });

  it('lets them know each other by the same keys, also when the operator sets one of them', () => {
    for (const operator of [
      {},
      { COMPUTE_INTERNAL_SERVICE_TOKEN: 'the-operators-own-token-of-32-characters' },
    ]) {
      const these = facts({ operator });
      const api = loadApiConfig(environmentOf('api', these));
      const compute = loadComputeConfig(environmentOf('compute', these));
      const agent = loadAgentConfig(environmentOf('agent', these));
      expect(compute.api.tokens).toEqual(api.internalTokens);
      expect(agent.api.tokens).toEqual(api.internalTokens);
      expect(compute.internalKeys).toEqual(api.compute.keys);
      expect(JSON.stringify(agent)).not.toContain(api.compute.keys[0]);
      expect([api, compute, agent].map(({ metricsToken }) => metricsToken)).toEqual(
        Array(3).fill('m'.repeat(43)),
      );
    }
  });

  it('lets compute alone know what the authority of servers is encrypted with', () => {
    const secret = 'a'.repeat(43);
    expect(environmentOf('compute', facts())).toMatchObject({
      COMPUTE_CA_KEY_SECRET: secret,
      COMPUTE_CERTIFICATES_DIRECTORY: '/var/lib/podex/certificates',
    });
    for (const service of ['api', 'agent', 'web'] as const) {
      expect(JSON.stringify(environmentOf(service, facts()))).not.toContain(secret);
    }
  });

  it('leaves the operator’s own database, administrator and keys as they are', () => {
    const operator = {
      DATABASE_URL: 'postgresql+asyncpg://podex:x@db:5432/podex',
      ADMIN_EMAIL: 'ada@example.com',
      OPENROUTER_API_KEY: 'sk-or',
    };
    const these = facts({ operator, databaseUrl: undefined });
    const api = loadApiConfig(environmentOf('api', these));
    expect(api.databaseUrl).toBe('postgresql://podex:x@db:5432/podex');
    expect(api.firstAdmin).toEqual({ email: 'ada@example.com', password: 'abcde-fghij' });
    expect(loadAgentConfig(environmentOf('agent', these)).models.openrouter.apiKey).toBe('sk-or');
  });

  it('puts the scripted model in place of a real one, and says so', () => {
    const operator = { OPENAI_API_KEY: 'sk-real', DEFAULT_MODEL: 'openai/gpt' };
    const these = facts({ operator, demoModelUrl: 'http://127.0.0.1:4010/v1' });
    const { models } = loadAgentConfig(environmentOf('agent', these));
    expect(models.isDemo).toBe(true);
    expect(models.openai.baseUrl).toBe('http://127.0.0.1:4010/v1');
    expect(models.openai.apiKey).not.toBe('sk-real');
    expect(models.defaultModel).not.toBe('openai/gpt');
  });

  it('opens only page and api to the network', () => {
    const settings = serviceSettings(facts({ host: '0.0.0.0' }));
    expect(settings.api.fixed.HOST).toBe('0.0.0.0');
    expect(settings.web.fixed.HOSTNAME).toBe('0.0.0.0');
    expect(settings.compute.fixed.HOST).toBe('127.0.0.1');
    expect(settings.agent.fixed.HOST).toBe('127.0.0.1');
  });
});

describe('the address of a service for this machine', () => {
  it('is the loopback one, unless the service listens on another address alone', () => {
    expect(ownAddress('api', '0.0.0.0')).toBe('127.0.0.1');
    expect(ownAddress('api', '192.0.2.7')).toBe('192.0.2.7');
    expect(ownAddress('web', '2001:db8::7')).toBe('[2001:db8::7]');
    expect(ownAddress('agent', '192.0.2.7')).toBe('127.0.0.1');
    const { api, agent } = serviceSettings(facts({ host: '192.0.2.7' }));
    expect(agent.fixed.AGENT_API_BASE_URL).toBe('http://192.0.2.7:3101');
    expect(api.fixed.AGENT_SERVICE_URL).toBe('http://127.0.0.1:3102');
  });
});

describe('the address of the page', () => {
  it('is localhost, a named address, or what the operator says', () => {
    expect(pageUrl(facts())).toBe('http://localhost:3100');
    expect(pageUrl(facts({ host: '0.0.0.0' }))).toBe('http://localhost:3100');
    expect(pageUrl(facts({ host: '192.0.2.7' }))).toBe('http://192.0.2.7:3100');
    expect(pageUrl(facts({ operator: { FRONTEND_URL: 'https://podex.example.com/' } }))).toBe(
      'https://podex.example.com',
    );
  });
});
