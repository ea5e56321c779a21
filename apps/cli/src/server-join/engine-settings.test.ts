import { describe, expect, it } from 'vitest';
import { CliError } from '../cli-error.ts';
import {
  describeChanges,
  mergeEngineSettings,
  parseEngineSettings,
  type WantedSettings,
} from './engine-settings.ts';

const WANTED: WantedSettings = {
  listen: { address: '10.0.1.7', port: 2376 },
  movedHosts: [],
  certificates: { ca: '/certs/ca.pem', cert: '/certs/server-cert.pem', key: '/certs/server-key.pem' },
  runsc: undefined,
};
const RUNSC = { path: '/usr/bin/runsc', runtimeArgs: ['--overlay2=none'] };

describe('settings of an engine that joins', () => {
  it('say where it listens, to whom, and that containers survive it', () => {
    expect(mergeEngineSettings({}, WANTED)).toEqual({
      hosts: ['unix:///var/run/docker.sock', 'tcp://10.0.1.7:2376'],
      tlsverify: true,
      tlscacert: '/certs/ca.pem',
      tlscert: '/certs/server-cert.pem',
      tlskey: '/certs/server-key.pem',
      'live-restore': true,
    });
  });

  it('keep everything else that was set', () => {
    const current = {
      'data-root': '/data/docker',
      'log-opts': { 'max-size': '10m' },
      runtimes: { nvidia: { path: '/usr/bin/nvidia' } },
    };
    const merged = mergeEngineSettings(current, { ...WANTED, runsc: RUNSC });
    expect(merged).toMatchObject(current);
    expect(merged.runtimes).toEqual({ nvidia: { path: '/usr/bin/nvidia' }, runsc: RUNSC });
  });

  it('are the same when it joins again', () => {
    const once = mergeEngineSettings({ hosts: ['fd://'] }, { ...WANTED, runsc: RUNSC });
    expect(mergeEngineSettings(once, WANTED)).toEqual(once);
    expect(describeChanges(once, mergeEngineSettings(once, WANTED))).toEqual([]);
  });

  it.each([
    [['unix:///run/podman.sock'], ['unix:///run/podman.sock', 'tcp://10.0.1.7:2376']],
    [['fd://'], ['fd://', 'tcp://10.0.1.7:2376']],
    [['tcp://0.0.0.0:2376'], ['unix:///var/run/docker.sock', 'tcp://10.0.1.7:2376']],
    [['tcp://0.0.0.0'], ['unix:///var/run/docker.sock', 'tcp://10.0.1.7:2376']],
    [['tcp://[::]:2376/'], ['unix:///var/run/docker.sock', 'tcp://10.0.1.7:2376']],
    [
      ['tcp://127.0.0.1:2375', 'unix:///a.sock'],
      ['tcp://127.0.0.1:2375', 'unix:///a.sock', 'tcp://10.0.1.7:2376'],
    ],
  ])('listen at one address of the port alone: %j', (hosts, expected) => {
    expect(mergeEngineSettings({ hosts }, WANTED).hosts).toEqual(expected);
  });

  it('take over listeners of the command line, and write IPv6 addresses as engines read them', () => {
    const wanted = { ...WANTED, movedHosts: ['unix:///b.sock'], listen: { address: 'fd00::7', port: 2377 } };
    expect(mergeEngineSettings({}, wanted).hosts).toEqual(['unix:///b.sock', 'tcp://[fd00::7]:2377']);
  });

  it.each(['[]', 'hosts = 1', '{"hosts": "unix:///a.sock"}', '{"runtimes": []}', '{'])(
    'are left as they are when they cannot be read: %s',
    (text) => {
      expect(() => parseEngineSettings('/etc/docker/daemon.json', text)).toThrow(CliError);
    },
  );

  it('may be empty or not there', () => {
    expect(parseEngineSettings('/etc/docker/daemon.json', ' \n')).toEqual({});
  });

  it('are told before they are written', () => {
    const before = { hosts: ['fd://'], debug: true };
    expect(describeChanges(before, mergeEngineSettings(before, WANTED)).slice(0, 2)).toEqual([
      'hosts: ["fd://","tcp://10.0.1.7:2376"] (was ["fd://"])',
      'tlsverify: true',
    ]);
  });
});
