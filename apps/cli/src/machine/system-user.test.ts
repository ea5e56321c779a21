import { expect, it } from 'vitest';
import { findUser, userNameOf } from './system-user.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
podex-old:x:1:1::/:/bin/false
podex:x:998:997::/nonexistent:/usr/sbin/nologin
`;

it('/etc/passwd gives the ids of a user, by the whole name', () => {
  expect(findUser(PASSWD, ({ name }) => name === 'podex')).toEqual({
    name: 'podex',
    uid: 998,
    gid: 997,
    home: '/nonexistent',
  });
  expect(findUser(PASSWD, ({ name }) => name === 'pode')).toBeUndefined();
});

it('a uid that nobody has is its own name', async () => {
  expect([await userNameOf(0), await userNameOf(4_000_000_000)]).toEqual(['root', '4000000000']);
});
