import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../tests/temporary-folder.ts';
import { ConfigError, readVariables, variable } from './variables.ts';

const TABLE = {
  PORT: variable(z.coerce.number().int().default(3001), 'port'),
  API_KEY: variable(z.string().min(8, 'must have at least 8 characters'), 'key', { secret: true }),
  THING_URL: variable(z.url(), 'where the thing is'),
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readVariables('thing', TABLE, environment, { ownPrefixes: ['THING_'] });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('readVariables', () => {
  it('gives typed values and defaults; an empty variable counts as left out', () => {
    const values = readVariables('thing', TABLE, { PORT: '', API_KEY: 'long-enough', THING_URL: 'http://t' });
    expect(values).toEqual({ PORT: 3001, API_KEY: 'long-enough', THING_URL: 'http://t' });
  });

  it('lists every problem at once and shows no secret', () => {
    const problems = problemsOf({ PORT: 'x', API_KEY: 'short', THING_ULR: 'http://t' });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'API_KEY',
      'THING_URL',
      'THING_ULR',
    ]);
    expect(problems.join()).not.toContain('short');
  });

  it('reads a secret from NAME_FILE, and refuses both at once', () => {
    const file = path.join(temporaryFolder('test'), 'key');
    writeFileSync(file, 'from-a-file\n');
    const rest = { THING_URL: 'http://t' };
    expect(readVariables('thing', TABLE, { ...rest, API_KEY_FILE: file }).API_KEY).toBe('from-a-file');
    expect(problemsOf({ ...rest, API_KEY: 'long-enough', API_KEY_FILE: file })).toHaveLength(1);
    expect(problemsOf({ ...rest, API_KEY_FILE: `${file}.missing` }).join()).toContain('cannot read');
  });

  it('refuses one secret for two purposes, and says so beside all else that is wrong', () => {
    const table = {
      ONE: variable(z.string().optional(), 'one', { secret: true }),
      ONE_OLD: variable(z.string().optional(), 'its older name', { secret: true }),
      TWO: variable(z.string().optional(), 'two', { secret: true }),
      PORT: variable(z.coerce.number(), 'a port'),
    };
    const distinct = [['ONE', 'ONE_OLD'], ['TWO']];
    const read = (environment: Record<string, string>) => () =>
      readVariables('thing', table, { PORT: '1', ...environment }, { distinct });
    expect(read({ ONE: 'a', ONE_OLD: 'a', TWO: 'b' })).not.toThrow();
    expect(read({ ONE: 'a' })).not.toThrow();
    expect(read({ ONE_OLD: 'a', TWO: 'a', PORT: 'x' })).toThrow(/PORT: [\s\S]*TWO: must differ from ONE_OLD/);
  });
});
