import { runCommandInput } from '@podex/contracts/commands';
import { describe, expect, it } from 'vitest';
import { cloneCommand, repositoryName } from './clone-command.ts';

describe('cloneCommand', () => {
  it('is a command that a daemon takes', () => {
    expect(runCommandInput.parse(cloneCommand('https://h/o/r.git', null))).toMatchObject({
      background: true,
    });
  });

  it('passes url and branch as words of their own', () => {
    const { argv = [] } = cloneCommand('https://h/o/r;reboot', '$(reboot)');
    expect(argv.slice(-3)).toEqual(['https://h/o/r;reboot', '$(reboot)', 'r-reboot']);
  });
});

describe('repositoryName', () => {
  it.each([
    ['https://github.com/owner/shop.git', 'shop'],
    ['git@github.com:owner/shop.git', 'shop'],
    ['ssh://git@host:22/a/b/', 'b'],
    ['https://host/..', 'repository'],
    ['https://host/.git', 'repository'],
    ['https://host/a%20b', 'a-20b'],
  ])('%s', (url, name) => {
    expect(repositoryName(url)).toBe(name);
  });
});
