import { describe, expect, it } from 'vitest';
import { cloneFailure } from './clone-failure.ts';

const URL_WITH_SECRET = 'https://octo:ghp_secret1234@git.example.com/owner/shop.git?token=abc';

function failure(output: string, exitCode = 128, url = URL_WITH_SECRET): string {
  return cloneFailure({ status: 'exited', exit_code: exitCode, signal: null, output }, url, 'main');
}

describe('cloneFailure', () => {
  it.each([
    ["fatal: could not read Username for 'https://h': terminal prompts disabled", /private/],
    ['remote: Repository not found.\nfatal: Authentication failed for …', /private/],
    ['git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.', /private/],
    ["fatal: repository 'https://h/o/r.git/' not found", /no such repository/],
    ['fatal: Remote branch main not found in upstream origin', /no branch main/],
    ["fatal: unable to access 'https://h/': Could not resolve host: h", /does not resolve/],
    ["fatal: unable to access 'https://h/': Failed to connect to h port 443", /can’t reach git.example.com/],
    ["fatal: unable to access 'https://h/': SSL certificate problem: self-signed", /certificate/],
    ['fatal: write error: No space left on device', /disk is full/],
    ['error: cannot run ssh: No such file or directory\nfatal: unable to fork', /no ssh/],
    ['Host key verification failed.\nfatal: Could not read from remote repository.', /by ssh/],
  ])('%s', (output, cause) => {
    expect(failure(`Cloning into '.podex-clone'...\n${output}\n`)).toMatch(cause);
  });

  it('knows what its own script ends with', () => {
    expect(failure('', 90)).toMatch(/no git/);
    expect(failure('', 91)).toMatch(/something else named shop/);
    expect(failure('', 137)).toMatch(/memory/);
  });

  it('tells no user name, password or query of the address, however it is said', () => {
    const said = [
      `fatal: strange thing at '${URL_WITH_SECRET}'`,
      'fatal: strange ghp_secret1234',
      'fatal: https://other:pass@h/x?key=1 is strange',
      `fatal: unable to access '${URL_WITH_SECRET}': Failed to connect`,
    ];
    for (const output of said) expect(failure(output)).not.toMatch(/octo|ghp_|abc|other|pass@|key=1/);
  });

  it('does not pass on what the other side says', () => {
    expect(failure('remote: call 555-1234 to win\nfatal: odd')).not.toContain('555');
  });

  it('is understood through the colours that git writes', () => {
    expect(failure('\u001b[1;31mfatal:\u001b(B\u001b[m could not read Username')).toMatch(/private/);
  });

  it('is a sentence of bounded length without control characters', () => {
    const reason = failure(`fatal: \u001b[31m${'x'.repeat(5000)}`);
    expect(reason.length).toBeLessThan(500);
    expect(reason).not.toContain('\u001b');
  });
});
