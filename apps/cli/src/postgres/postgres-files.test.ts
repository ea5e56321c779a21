import { describe, expect, it } from 'vitest';
import { findUser } from './postgres-user.ts';
import { parsePostmasterFile } from './postmaster-file.ts';

const lines = (status: string) =>
  `4711\n/var/lib/podex/postgres/data\n1795435519\n35045\n\n127.0.0.1\n  5432001   12\n${status}\n`;

describe('postmaster.pid', () => {
  it('says which process serves which port, and whether it is ready', () => {
    expect(parsePostmasterFile(lines('ready   '))).toEqual({ pid: 4711, port: 35045, isReady: true });
    expect(parsePostmasterFile(lines('starting'))).toEqual({ pid: 4711, port: 35045, isReady: false });
  });

  it('says nothing while it is being written', () => {
    expect(parsePostmasterFile('4711\n/var/lib')).toBeUndefined();
    expect(parsePostmasterFile('')).toBeUndefined();
  });
});

describe('/etc/passwd', () => {
  it('gives the ids of a user, by the whole name', () => {
    const passwd =
      'root:x:0:0:root:/root:/bin/bash\npodex-old:x:1:1::/:/bin/false\npodex:x:998:997::/nonexistent:/usr/sbin/nologin\n';
    expect(findUser(passwd, 'podex')).toEqual({ name: 'podex', uid: 998, gid: 997 });
    expect(findUser(passwd, 'nobody')).toBeUndefined();
  });
});
