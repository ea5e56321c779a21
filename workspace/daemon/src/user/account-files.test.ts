import { describe, expect, it } from 'vitest';
import {
  loginShellOf,
  supplementaryGroupsOf,
  withGroupEntry,
  withPasswdEntry,
  withShadowEntry,
} from './account-files.ts';

const USER = { name: 'dev', uid: 1000, gid: 1000 };
const ROOT = 'root:x:0:0:root:/root:/bin/bash\n';
const passwd = (text: string) => withPasswdEntry(text, USER, '/home/dev', '/bin/bash');

describe('/etc/passwd', () => {
  it('gets the user', () => {
    expect(passwd(ROOT)).toBe(`${ROOT}dev:x:1000:1000::/home/dev:/bin/bash\n`);
    expect(passwd('')).toBe('dev:x:1000:1000::/home/dev:/bin/bash\n');
  });

  it('keeps another name of the same uid behind ours', () => {
    const text = `${ROOT}node:x:1000:1000::/home/node:/bin/sh\nlast:x:1:1::/:\n`;
    expect(
      passwd(text)
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(['root', 'dev', 'node', 'last', '']);
  });

  it('corrects an account of the name, and keeps its shell and comment', () => {
    expect(passwd(`${ROOT}dev:x:1005:1005:Dev:/srv:/bin/zsh\n`)).toBe(
      `${ROOT}dev:x:1000:1000:Dev:/home/dev:/bin/zsh\n`,
    );
  });

  it('stays byte for byte when it is right already', () => {
    const text =
      '# comment without end\nroot:x:0:0:root:/root:/bin/bash\ndev:x:1000:1000:,,,:/home/dev:/bin/zsh';
    expect(passwd(text)).toBe(text);
    expect(passwd(passwd(ROOT))).toBe(passwd(ROOT));
  });

  it('tells the shell that the user chose', () => {
    expect(loginShellOf('dev:x:1000:1000::/home/dev:/bin/zsh\n', USER)).toBe('/bin/zsh');
    expect(loginShellOf(ROOT, USER)).toBeUndefined();
  });
});

describe('/etc/group', () => {
  it('gets the user’s own group, before another name of it', () => {
    expect(withGroupEntry('root:x:0:\nubuntu:x:1000:\n', USER)).toBe(
      'root:x:0:\ndev:x:1000:\nubuntu:x:1000:\n',
    );
    expect(withGroupEntry('dev:x:7:a\n', USER)).toBe('dev:x:1000:a\n');
    expect(withGroupEntry('dev:x:1000:\n', USER)).toBe('dev:x:1000:\n');
  });

  it('tells the other groups of the user', () => {
    expect(supplementaryGroupsOf('a:x:5:dev\nb:x:6:other,dev\nc:x:7:developer\n', USER)).toEqual([5, 6]);
  });
});

it('/etc/shadow gets an account that has no password and is not locked', () => {
  expect(withShadowEntry('root:*:1::::::\n', USER)).toBe('root:*:1::::::\ndev:*::0:99999:7:::\n');
  expect(withShadowEntry('dev:!:1::::::\n', USER)).toBe('dev:!:1::::::\n');
});
