import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { podexHome } from './podex-home.ts';
import { identifyProcess } from './process-identity.ts';
import {
  findSupervisor,
  isSupervisorCommand,
  readProcessRecords,
  removeProcessRecord,
  writeProcessRecord,
  writeSupervisorRecord,
} from './run-records.ts';

function freshHome() {
  const home = podexHome(temporaryFolder('run'));
  mkdirSync(home.runDirectory);
  return home;
}

async function ownIdentity() {
  const identity = await identifyProcess(process.pid);
  if (!identity) throw new Error('/proc is not mounted');
  return identity;
}

describe('what runs', () => {
  it('is a supervisor only with its own command line', () => {
    expect(isSupervisorCommand('/usr/bin/node\0/opt/podex/apps/cli/src/main.ts\0up\0--detach\0')).toBe(true);
    expect(isSupervisorCommand('/usr/bin/node\0/opt/podex/apps/cli/src/main.ts\0logs\0')).toBe(false);
    expect(isSupervisorCommand('/usr/bin/vim\0up\0')).toBe(false);
  });

  it('is not believed of a living process that is no supervisor', async () => {
    const home = freshHome();
    await writeSupervisorRecord(home, {
      ...(await ownIdentity()),
      started_at: new Date().toISOString(),
      phase: 'running',
      url: 'http://localhost:3000',
      host: '127.0.0.1',
      ports: { web: 3000, api: 3001, agent: 3002, compute: 3003 },
      engine_socket: null,
      database: 'embedded',
    });
    expect(await findSupervisor(home)).toBeUndefined();
  });

  it('is recorded a file a process and forgotten again', async () => {
    const home = freshHome();
    const identity = await ownIdentity();
    const record = { ...identity, name: 'api', started_at: new Date().toISOString(), restarts: 0 };
    await writeProcessRecord(home, record);
    await writeProcessRecord(home, { ...record, name: 'demo-model' });
    expect((await readProcessRecords(home)).map(({ name }) => name).sort()).toEqual(['api', 'demo-model']);
    await removeProcessRecord(home, 'api');
    expect((await readProcessRecords(home)).map(({ name }) => name)).toEqual(['demo-model']);
  });

  it('is nothing on a home that was never used', async () => {
    expect(await readProcessRecords(podexHome('/nonexistent/podex'))).toEqual([]);
    expect(await findSupervisor(podexHome('/nonexistent/podex'))).toBeUndefined();
  });
});
