import { ConfigError } from '@podex/service-kit/variables';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';

const NEEDED = {
  AGENT_API_BASE_URL: 'http://api:3001/',
  AGENT_COMPUTE_SERVICE_URL: 'http://compute:3003',
  AGENT_INTERNAL_SERVICE_TOKEN: 'token-of-the-services-of-32-characters',
};

function problemsOf(environment: Record<string, string>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n');
    throw error;
  }
  return '';
}

describe('loadConfig', () => {
  it('needs three variables; the rest has defaults', () => {
    const config = loadConfig(NEEDED);
    expect(config).toMatchObject({ port: 3002, maxConcurrentTurns: 16, maxSteps: 150 });
    expect(config.api.baseUrl).toBe('http://api:3001');
    expect(config.models).toMatchObject({ isDemo: false, ollamaUrl: undefined });
  });

  it('takes the names that all services share, its own before them', () => {
    const config = loadConfig({
      AGENT_API_BASE_URL: 'http://api:3001',
      AGENT_SERVICE_URL: 'http://agent:3002',
      COMPUTE_SERVICE_URL: 'http://compute:3003',
      INTERNAL_SERVICE_TOKEN: 'token-of-the-services-of-32-characters',
      COMPUTE_INTERNAL_API_KEY: 'key-of-the-compute-service-of-32-chars',
    });
    expect(config.api.tokens).toEqual(['token-of-the-services-of-32-characters']);
    expect(config.compute).toEqual({ baseUrl: 'http://compute:3003' });
    expect(JSON.stringify(config)).not.toContain('key-of-the-compute-service');
  });

  it('lists what is missing and what is misspelt', () => {
    expect(problemsOf({})).toMatch(
      /AGENT_API_BASE_URL: is missing[\s\S]*AGENT_INTERNAL_SERVICE_TOKEN: is missing[\s\S]*AGENT_COMPUTE_SERVICE_URL/,
    );
    expect(problemsOf({ ...NEEDED, OPENAI_APIKEY: 'x' })).toContain(
      'OPENAI_APIKEY: there is no such variable',
    );
    expect(problemsOf({ ...NEEDED, AGENT_DEMO_MODEL: 'true' })).toContain('OPENAI_BASE_URL: is missing');
  });
});
