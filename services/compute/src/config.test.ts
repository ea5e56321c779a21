import { ConfigError } from '@podex/service-kit/variables';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';

const NEEDED = {
  COMPUTE_INTERNAL_API_KEY: 'key-of-api-and-agent-of-32-characters',
  COMPUTE_API_BASE_URL: 'http://api:3001',
  COMPUTE_INTERNAL_SERVICE_TOKEN: 'token-of-the-services-of-32-characters',
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig({ ...NEEDED, ...environment });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('takes the guide’s literal values', () => {
    const config = loadConfig({
      ...NEEDED,
      COMPUTE_ENVIRONMENT: 'production',
      COMPUTE_MODE: 'docker',
      COMPUTE_DOCKER_RUNTIME: 'runsc',
      COMPUTE_WARM_POOL_SIZE: '5',
      COMPUTE_MAX_WORKSPACES: '50',
      COMPUTE_WORKSPACE_TIMEOUT: '7200',
      COMPUTE_WORKSPACE_IMAGE: 'podex/workspace:latest',
      COMPUTE_WORKSPACE_STORAGE: '/mnt/data/workspaces',
      COMPUTE_REDIS_URL: 'redis://podex-redis:6379',
    });
    expect(config).toMatchObject({
      port: 3003,
      maxWorkspaces: 50,
      poolSize: 5,
      localDockerSocket: undefined,
    });
    expect(config.unusedVariables.map((line) => line.split(':')[0])).toEqual([
      'COMPUTE_WORKSPACE_TIMEOUT',
      'COMPUTE_REDIS_URL',
    ]);
  });

  it.each(['runc', 'crun', 'kata', 'runscx', '', 'runsc;rm'])(
    'accepts no other runtime than gVisor: %j',
    (runtime) => {
      const problems = problemsOf({ COMPUTE_DOCKER_RUNTIME: runtime });
      // An empty variable counts as left out, and the default is gVisor.
      expect(problems).toHaveLength(runtime === '' ? 0 : 1);
    },
  );

  it('refuses other modes, unknown names and storage at the root', () => {
    expect(problemsOf({ COMPUTE_MODE: 'kubernetes' })).toHaveLength(1);
    expect(problemsOf({ COMPUTE_MAX_WORKSPACE: '3' })[0]).toContain('misspelt');
    expect(problemsOf({ COMPUTE_WORKSPACE_STORAGE: '/' })).toHaveLength(1);
    expect(problemsOf({ COMPUTE_WORKSPACE_STORAGE: '/a:/b' })).toHaveLength(1);
    expect(problemsOf({ COMPUTE_DNS_SERVERS: '1.1.1.1, example.com' })).toHaveLength(1);
  });

  it('wants a key of its own for each direction', () => {
    expect(problemsOf({ COMPUTE_INTERNAL_SERVICE_TOKEN: NEEDED.COMPUTE_INTERNAL_API_KEY })).toHaveLength(1);
  });
});
