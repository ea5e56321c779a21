import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { sessionScript, sshdConfig } from './sshd-config.ts';

const run = (environment: Record<string, string>, given: Record<string, string> = {}) =>
  execFileSync('/bin/sh', ['-c', sessionScript({ SHELL: '/bin/sh', ...environment })], {
    env: { PATH: '/usr/bin:/bin', ...given },
    encoding: 'utf8',
  });

describe('the script of a session', () => {
  it('hands over every value as it is, also one of several lines', () => {
    const value = `-----BEGIN KEY-----\nit's "here" $HOME \`id\` \\ %\n-----END KEY-----\n`;
    expect(run({ A_KEY: value }, { SSH_ORIGINAL_COMMAND: 'printf %s "$A_KEY"' })).toBe(value);
  });

  it('runs what was asked for, with the shell of the account, and leaves no trace of itself', () => {
    const given = { SSH_ORIGINAL_COMMAND: 'echo "$0 $SSH_ORIGINAL_COMMAND"; exit 0' };
    expect(run({}, given)).toBe('/bin/sh \n');
  });

  it('leaves to sshd what sshd knows, and leaves out what no shell can set', () => {
    const environment = { TERM: 'dumb', SSH_AUTH_SOCK: '/image', 'A.B': 'x', LAST: 'there' };
    const given = {
      TERM: 'xterm',
      SSH_AUTH_SOCK: '/agent',
      SSH_ORIGINAL_COMMAND: 'echo $TERM $SSH_AUTH_SOCK $LAST',
    };
    expect(run(environment, given)).toBe('xterm /agent there\n');
  });
});

describe('what sshd is told', () => {
  it('lets in with keys alone', () => {
    const config = sshdConfig({ folder: '/dev/shm/podex-ssh-1', sftpServer: undefined });
    expect(config).toContain('AuthenticationMethods publickey\n');
    expect(config).toContain('AuthorizedKeysFile /dev/shm/podex-ssh-1/authorized_keys\n');
    expect(config).not.toContain('Subsystem');
  });
});
