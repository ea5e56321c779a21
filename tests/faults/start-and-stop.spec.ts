import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../stack/service-process.ts';
import { startTestPostgres, type TestPostgres } from '../stack/test-postgres.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const WRONG_CONFIGURATION = 78;
const KEYS = {
  session: 'a-session-secret-of-at-least-32-characters',
  internal: 'internal-token-of-tests-of-32-characters',
  compute: 'compute-key-of-tests-of-32-characters',
};
/** Nobody listens on port 9. */
const NOWHERE = 'http://127.0.0.1:9';
const folder = temporaryFolder('start');
const started: Started[] = [];
let postgres: TestPostgres | undefined;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterEach(() => {
  for (const { child } of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Service = 'api' | 'agent' | 'compute';

interface Started {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
  /** Resolves with the port that it listens on. */
  listening: Promise<number>;
}

function start(service: Service, environment: Record<string, string>): Started {
  const child = spawn(process.execPath, [`services/${service}/src/main.ts`], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const listening = new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const port = /"port":(\d+)[^\n]*"service\.started"/.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('close', () => reject(new Error(`${service} ended: ${output}`)));
  });
  // A service that is meant to fail is not waited for.
  listening.catch(() => undefined);
  const running = { child, output: () => output, ended, listening };
  started.push(running);
  return running;
}

function goodEnvironment(service: Service): Record<string, string> {
  const common = { PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info' };
  if (service === 'agent') {
    return {
      ...common,
      AGENT_API_BASE_URL: NOWHERE,
      AGENT_COMPUTE_SERVICE_URL: NOWHERE,
      AGENT_INTERNAL_SERVICE_TOKEN: KEYS.internal,
    };
  }
  if (service === 'compute') {
    return {
      ...common,
      COMPUTE_API_BASE_URL: NOWHERE,
      COMPUTE_INTERNAL_SERVICE_TOKEN: KEYS.internal,
      COMPUTE_INTERNAL_API_KEY: KEYS.compute,
      COMPUTE_RUNTIME_DIRECTORY: path.join(folder, 'runtime'),
    };
  }
  return {
    ...common,
    DATABASE_URL: postgres?.url ?? '',
    FRONTEND_URL: 'http://localhost:3000',
    JWT_SECRET_KEY: KEYS.session,
    INTERNAL_SERVICE_TOKEN: KEYS.internal,
    COMPUTE_SERVICE_URL: NOWHERE,
    COMPUTE_INTERNAL_API_KEY: KEYS.compute,
    AGENT_SERVICE_URL: NOWHERE,
  };
}

describe('a wrong environment', () => {
  it.each([
    {
      service: 'api',
      environment: {
        DATABASE_URL: 'mysql://x',
        FRONTEND_URL: 'podex.example.com',
        JWT_SECRET_KEY: KEYS.internal,
        INTERNAL_SERVICE_TOKEN: `${KEYS.compute},${KEYS.internal}`,
        COMPUTE_INTERNAL_API_KEY: `${KEYS.compute},short`,
        ADMIN_EMAIL: 'admin@example.com',
        TRUSTED_PROXYS: '10.0.0.1',
        PORT: '70000',
      },
      faults: [
        'DATABASE_URL: must begin with',
        'FRONTEND_URL: must be a URL',
        'INTERNAL_SERVICE_TOKEN: must differ from JWT_SECRET_KEY',
        'COMPUTE_INTERNAL_API_KEY: must have at least 32',
        'ADMIN_PASSWORD: is missing',
        'TRUSTED_PROXYS: there is no such variable',
        'COMPUTE_SERVICE_URL: is missing',
        'AGENT_SERVICE_URL: is missing',
        'PORT: ',
      ],
    },
    {
      service: 'compute',
      environment: {
        COMPUTE_INTERNAL_API_KEY: KEYS.internal,
        COMPUTE_INTERNAL_SERVICE_TOKEN: `${KEYS.compute},${KEYS.internal}`,
        COMPUTE_DOCKER_RUNTIME: 'runc',
        COMPUTE_WORKSPACE: 'x',
      },
      faults: [
        'COMPUTE_INTERNAL_API_KEY: must differ from COMPUTE_INTERNAL_SERVICE_TOKEN',
        'COMPUTE_DOCKER_RUNTIME: must be runsc',
        'COMPUTE_WORKSPACE: there is no such variable',
        'COMPUTE_API_BASE_URL: is missing',
      ],
    },
    {
      service: 'agent',
      environment: {
        AGENT_INTERNAL_SERVICE_TOKEN: `${KEYS.internal},${KEYS.internal}`,
        AGENT_MAX_STEPS: '0',
      },
      faults: [
        'AGENT_INTERNAL_SERVICE_TOKEN: has the same key twice',
        'AGENT_MAX_STEPS: ',
        'AGENT_API_BASE_URL: is missing',
        'AGENT_COMPUTE_SERVICE_URL: is missing',
      ],
    },
  ] as const)(
    'stops $service with one message that lists every fault',
    async ({ service, environment, faults }) => {
      const { ended, output } = start(service, { ...environment });
      expect(await ended).toBe(WRONG_CONFIGURATION);
      for (const fault of faults) expect(output()).toContain(fault);
      for (const secret of Object.values(KEYS)) expect(output()).not.toContain(secret);
      expect(output()).not.toMatch(/node_modules|\n\s+at /);
    },
  );
});

describe('a good start', () => {
  it.each(['api', 'agent', 'compute'] as const)(
    'of %s answers, and SIGTERM ends it with 0',
    async (service) => {
      const { child, listening, ended } = start(service, goodEnvironment(service));
      const port = await listening;
      const ready = await fetch(`http://127.0.0.1:${port}/ready`);
      expect(await ready.json()).toMatchObject({ service });
      // agent and compute are ready once api, which is not here, answers.
      expect(ready.status).toBe(service === 'api' ? 200 : 503);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    },
  );

  it('of api finishes the request that is under way when SIGTERM comes, and takes no other', async () => {
    const { child, listening, ended, output } = start('api', goodEnvironment('api'));
    const port = await listening;
    const body = JSON.stringify({ email: 'nobody@example.com', password: 'a-wrong-password' });
    const head =
      'POST /api/auth/sign-in/email HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n' +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    let received = '';
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(head + body.slice(0, 10)));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('utf8');
    });
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    // The request has arrived once another one, sent later, is answered.
    await fetch(`http://127.0.0.1:${port}/health`);
    child.kill('SIGTERM');
    await expect.poll(output, { timeout: 10_000 }).toContain('service.stopping');
    await expect
      .poll(() => fetch(`http://127.0.0.1:${port}/health`).then(String, () => 'refused'), { timeout: 10_000 })
      .toBe('refused');
    socket.write(body.slice(10));
    await closed;
    expect(received).toMatch(/^HTTP\/1\.1 401 /);
    expect(received).toContain('"invalid_credentials"');
    expect(await ended).toBe(0);
  });
});
