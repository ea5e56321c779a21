import { describe, expect, it } from 'vitest';
import { overrideText, parseServiceCommand } from './service-command.ts';

const shown = (command: string) =>
  `ExecStart={ path=/usr/bin/dockerd ; argv[]=${command} ; ignore_errors=no ; start_time=[n/a] ; pid=0 }`;

describe('how systemd starts the engine', () => {
  it('is taken without what the file says from now on', () => {
    const debian = '/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS';
    expect(parseServiceCommand(shown(debian))).toEqual({
      command: '/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock $DOCKER_OPTS',
      hosts: [],
      configFile: undefined,
      isChanged: true,
    });
  });

  it('names listeners, certificates and the file in either way of writing', () => {
    const command =
      '/usr/bin/dockerd --host=unix:///a.sock -H tcp://1.2.3.4:2376 --tlsverify --tlscacert=/ca.pem --tlscert /c.pem --tlskey /k.pem --config-file /etc/d.json --debug';
    expect(parseServiceCommand(shown(command))).toEqual({
      command: '/usr/bin/dockerd --config-file /etc/d.json --debug',
      hosts: ['unix:///a.sock', 'tcp://1.2.3.4:2376'],
      configFile: '/etc/d.json',
      isChanged: true,
    });
  });

  it('is left alone when nothing of it stands in the way', () => {
    const parsed = parseServiceCommand(shown('/usr/bin/dockerd --config-file=/etc/d.json'));
    expect(parsed).toMatchObject({ configFile: '/etc/d.json', hosts: [], isChanged: false });
  });

  it.each(['', 'ExecStart=', shown('/usr/bin/podman system service'), shown('')])(
    'is no engine: %s',
    (text) => {
      expect(parseServiceCommand(text)).toBeUndefined();
    },
  );

  it('is replaced by a drop-in', () => {
    expect(overrideText('/usr/bin/dockerd', '/etc/docker/daemon.json').split('\n')).toEqual([
      expect.stringContaining('# Written by podex servers join'),
      '[Service]',
      'ExecStart=',
      'ExecStart=/usr/bin/dockerd',
      '',
    ]);
  });
});
