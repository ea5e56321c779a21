import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '@podex/service-kit/variables';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/temporary-folder.ts';
import { loadCliConfig, mergeOperatorVariables } from './config.ts';

function homeWith(settings: string): string {
  const home = temporaryFolder('config');
  writeFileSync(path.join(home, 'podex.env'), settings);
  return home;
}

describe('what the operator set', () => {
  it('is taken from the environment first, then from the files in order', () => {
    const { values, files } = mergeOperatorVariables({ A: 'environment', EMPTY: '' }, [
      { file: '/home/podex.env', values: { A: 'home', B: 'home', EMPTY: 'home' } },
      { file: '/checkout/.env', values: { B: 'checkout', C: 'checkout' } },
    ]);
    expect(values).toEqual({ A: 'environment', B: 'home', C: 'checkout', EMPTY: 'home' });
    expect(files).toEqual({ B: '/home/podex.env', C: '/checkout/.env', EMPTY: '/home/podex.env' });
  });

  it('decides ports and home', () => {
    const home = homeWith('PODEX_WEB_PORT=4000\nOPENAI_API_KEY=key\n');
    const config = loadCliConfig({ PODEX_HOME: home, PODEX_API_PORT: '4001' }, home);
    expect(config.home.directory).toBe(home);
    expect(config.ports).toEqual({ web: 4000, api: 4001, agent: 3002, compute: 3003 });
    expect(config.operator.values.OPENAI_API_KEY).toBe('key');
    expect(config.host).toBe('127.0.0.1');
  });

  it('is refused with every problem at once', () => {
    const home = homeWith('PODEX_WEB_PROT=4000\n');
    const load = () => loadCliConfig({ PODEX_HOME: home, PODEX_API_PORT: '70000' }, home);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/PODEX_API_PORT[\s\S]*PODEX_WEB_PROT/);
  });

  it('leaves the variables of tests and scripts to them', () => {
    const home = homeWith('');
    const environment = { PODEX_HOME: home, PODEX_TEST_DOCKER_SOCKET: '/s', PODEX_APT_LOCK_WAIT_S: '5' };
    expect(() => loadCliConfig(environment, home)).not.toThrow();
  });
});
