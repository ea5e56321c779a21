import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { variable } from '@podex/service-kit/variables';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import {
  findOverruled,
  findUnreadVariables,
  readSecretFiles,
  serviceEnvironment,
} from './service-variables.ts';

const text = z.string().optional();
const TABLE = {
  PORT: variable(text, 'port'),
  LOG_LEVEL: variable(text, 'level'),
  JWT_SECRET_KEY: variable(text, 'key', { secret: true }),
  COMPUTE_SERVICE_URL: variable(text, 'address'),
};
const NONE = { fixed: {}, defaults: {} };

describe('secrets in files, for a service that may not read files of root’s', () => {
  it('reach it by their variable', () => {
    const file = path.join(temporaryFolder('secret'), 'key');
    writeFileSync(file, 'signs\n');
    expect(readSecretFiles(TABLE, { PORT: '1', JWT_SECRET_KEY_FILE: file })).toEqual({
      PORT: '1',
      JWT_SECRET_KEY: 'signs',
    });
  });

  it('stay files where they cannot be read, for the service to report', () => {
    const environment = { JWT_SECRET_KEY_FILE: '/nonexistent/key' };
    expect(readSecretFiles(TABLE, environment)).toEqual(environment);
  });
});

describe('the environment of a service', () => {
  it('holds what it reads, and no key of another', () => {
    const operator = {
      LOG_LEVEL: 'debug',
      STRIPE_SECRET_KEY: 'sk_live',
      HOME: '/root',
      SSH_AUTH_SOCK: '/tmp/agent',
    };
    expect(serviceEnvironment(TABLE, operator, NONE)).toEqual({ LOG_LEVEL: 'debug', HOME: '/root' });
  });

  it('takes the operator’s value before ours, and our addresses before the operator’s', () => {
    const settings = {
      fixed: { PORT: '3101', COMPUTE_SERVICE_URL: 'http://127.0.0.1:3103' },
      defaults: { LOG_LEVEL: 'info', JWT_SECRET_KEY: 'generated' },
    };
    const operator = { PORT: '8080', COMPUTE_SERVICE_URL: 'http://compute:3003', LOG_LEVEL: 'warn' };
    expect(serviceEnvironment(TABLE, operator, settings)).toEqual({
      PORT: '3101',
      COMPUTE_SERVICE_URL: 'http://127.0.0.1:3103',
      LOG_LEVEL: 'warn',
      JWT_SECRET_KEY: 'generated',
    });
  });

  it('passes a secret in a file on and adds none beside it', () => {
    const settings = { fixed: {}, defaults: { JWT_SECRET_KEY: 'generated' } };
    expect(serviceEnvironment(TABLE, { JWT_SECRET_KEY_FILE: '/run/secrets/jwt' }, settings)).toEqual({
      JWT_SECRET_KEY_FILE: '/run/secrets/jwt',
    });
  });
});

describe('variables that nobody reads', () => {
  it('are all of a file, and of the environment those that look like ours', () => {
    const operator = {
      values: {
        LOG_LEVEL: 'debug',
        COMPUTE_WRM_POOL: '5',
        EDITOR: 'vi',
        LOGLEVEL: 'debug',
        JWT_SECRET_KEY_FILE: '/k',
      },
      files: { LOGLEVEL: '/checkout/.env' },
    };
    expect(findUnreadVariables(operator, [TABLE])).toEqual([
      { name: 'COMPUTE_WRM_POOL', file: undefined },
      { name: 'LOGLEVEL', file: '/checkout/.env' },
    ]);
  });

  it('are not those that are read and decided by us', () => {
    const operator = {
      values: { PORT: '8080', COMPUTE_SERVICE_URL: 'http://compute:3003' },
      files: { COMPUTE_SERVICE_URL: '/checkout/.env' },
    };
    const settings = [
      { fixed: { PORT: '3001', COMPUTE_SERVICE_URL: 'http://127.0.0.1:3003' }, defaults: {} },
    ];
    expect(findUnreadVariables(operator, [TABLE])).toEqual([]);
    expect(findOverruled(operator, settings)).toEqual(['COMPUTE_SERVICE_URL']);
  });
});
