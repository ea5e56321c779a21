import { describe, expect, it } from 'vitest';
import { signInMethodsOf } from './sign-in-methods.ts';

const GITHUB = { id: 'github', name: 'GitHub' };
const GOOGLE = { id: 'google', name: 'Google' };
const account = (providerId: string) => ({ id: `of-${providerId}`, providerId });

describe('signInMethodsOf', () => {
  it('lists what is linked and what can be', () => {
    const methods = signInMethodsOf([account('credential'), account('github')], [GITHUB, GOOGLE]);
    expect(methods).toEqual({
      hasPassword: true,
      providers: [
        { ...GITHUB, accountId: 'of-github', isSetUp: true, isLastWay: false },
        { ...GOOGLE, accountId: undefined, isSetUp: true, isLastWay: false },
      ],
    });
  });

  it('keeps the last way to sign in', () => {
    const only = signInMethodsOf([account('github')], [GITHUB]);
    expect([only.hasPassword, only.providers[0]?.isLastWay]).toEqual([false, true]);
    const withOld = signInMethodsOf([account('github'), account('gitlab')], [GITHUB]);
    expect(withOld.providers).toEqual([
      { ...GITHUB, accountId: 'of-github', isSetUp: true, isLastWay: true },
      { id: 'gitlab', name: 'gitlab', accountId: 'of-gitlab', isSetUp: false, isLastWay: false },
    ]);
  });
});
