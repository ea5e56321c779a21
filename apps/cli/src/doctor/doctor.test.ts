import { variable } from '@podex/service-kit/variables';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { podexHome } from '../state/podex-home.ts';
import { fail, formatChecks, ok } from './doctor-check.ts';
import { checkRuntime } from './engine-checks.ts';
import { unframe } from './gvisor-probe.ts';
import { checkServiceConfigs } from './service-config-checks.ts';
import { formatVariables, reportVariables } from './variable-report.ts';

const text = z.string().optional();
const TABLES = {
  api: { PORT: variable(text, 'port of api'), API_KEY: variable(text, 'a key', { secret: true }) },
  agent: { PORT: variable(text, 'port of agent'), API_KEY: variable(text, 'a key', { secret: true }) },
};

describe('the report on variables', () => {
  it('names every reader, and what the variable means to each', () => {
    const lines = formatVariables(reportVariables({ values: {}, files: {} }, TABLES));
    expect(lines).toEqual([
      '  API_KEY  api, agent: a key',
      '  PORT     api: port of api',
      '           agent: port of agent',
    ]);
  });

  it('says where a value comes from and never shows a secret', () => {
    const operator = { values: { API_KEY: 'sk-secret', PORT: '1' }, files: { API_KEY: '/checkout/.env' } };
    const report = reportVariables(operator, TABLES);
    expect(JSON.stringify(report)).not.toContain('sk-secret');
    expect(report).toMatchObject([
      { name: 'API_KEY', source: '/checkout/.env', value: '(secret)' },
      { name: 'PORT', source: 'environment', value: '1' },
    ]);
    const fromFile = reportVariables({ values: { API_KEY_FILE: '/run/key' }, files: {} }, TABLES);
    expect(fromFile).toMatchObject([
      { name: 'API_KEY', source: '/run/key' },
      { name: 'PORT', source: null },
    ]);
  });
});

describe('the checks', () => {
  it('stand in a column with the cure below', () => {
    expect(formatChecks([ok('disk', 'fine'), fail('gvisor', 'broken', ['mend it'])])).toEqual([
      'ok    disk    fine',
      'FAIL  gvisor  broken',
      '              mend it',
    ]);
  });

  it('want runsc registered so that nothing is lost at a stop', () => {
    const runsc = (runtimeArgs: string[]) => ({
      runtimes: { runsc: { path: '/usr/bin/runsc', runtimeArgs } },
    });
    expect(checkRuntime(runsc(['--overlay2=none'])).status).toBe('ok');
    expect(checkRuntime(runsc([])).status).toBe('warn');
    expect(checkRuntime({ runtimes: { runc: { path: 'runc', runtimeArgs: [] } } }).status).toBe('fail');
  });

  it('ask each service what it thinks of its variables', () => {
    const config = (values: Record<string, string>) => ({
      home: podexHome('/var/lib/podex'),
      host: '127.0.0.1',
      ports: { web: 3000, api: 3001, agent: 3002, compute: 3003 },
      dockerHost: undefined,
      cacheDirectory: undefined,
      serviceUser: undefined,
      isDebugging: false,
      remote: { url: undefined, token: undefined },
      loginFile: '/nowhere/credentials.json',
      operator: { values, files: {} },
    });
    expect(checkServiceConfigs(config({}), undefined).every(({ status }) => status === 'ok')).toBe(true);
    const failed = checkServiceConfigs(
      config({ COMPUTE_MODE: 'kvm', AGENT_MAX_STEPZ: '3' }),
      undefined,
    ).filter(({ status }) => status === 'fail');
    expect(failed.map(({ name }) => name)).toEqual(['compute variables', 'unread variables']);
  });

  it('read the output of a container without its frames', () => {
    const frame = (piece: string) => {
      const head = Buffer.alloc(8);
      head.writeUInt8(1);
      head.writeUInt32BE(Buffer.byteLength(piece), 4);
      return Buffer.concat([head, Buffer.from(piece)]);
    };
    expect(unframe(Buffer.concat([frame('Starting '), frame('gVisor...\n')]))).toBe('Starting gVisor...\n');
    expect(unframe(Buffer.alloc(0))).toBe('');
  });
});
