import { describe, expect, it } from 'vitest';
import { isSameRepository } from './git-remote.ts';

describe('remotes of git', () => {
  const https = 'https://github.com/acme/shop';
  it.each([
    ['https://github.com/acme/shop.git'],
    ['https://ada:secret@GitHub.com/acme/shop/'],
    ['git@github.com:acme/shop.git'],
    ['github.com:acme/shop'],
    ['ssh://git@github.com/acme/shop.git'],
  ])('%s is the repository', (remote) => {
    expect(isSameRepository(remote, https)).toBe(true);
  });

  it.each([['https://github.com/acme/shop2'], ['https://gitlab.com/acme/shop'], ['/srv/git/shop'], ['']])(
    '%s is another',
    (remote) => {
      expect(isSameRepository(remote, https)).toBe(false);
    },
  );

  it('knows nothing of folders', () => {
    expect(isSameRepository('/srv/git/shop', '/srv/git/shop')).toBe(false);
  });
});
