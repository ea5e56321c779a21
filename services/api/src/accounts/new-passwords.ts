import { getSessionFromCtx } from 'better-auth/api';
import type { AuthHook, HookContext } from './auth-hooks.ts';
import { type Person, requireUncommon } from './password-strength.ts';

interface NewPassword {
  /** Of the body. */
  field: 'password' | 'newPassword';
  /** Who is to have it; undefined where nobody can say. */
  personOf(context: HookContext): Promise<Partial<Person> | undefined>;
}

const SET_AT: Readonly<Record<string, NewPassword>> = {
  '/sign-up/email': { field: 'password', personOf: ({ body }) => Promise.resolve(body) },
  '/change-password': {
    field: 'newPassword',
    personOf: async (context) => (await getSessionFromCtx(context))?.user,
  },
  '/reset-password': { field: 'newPassword', personOf: personOfResetLink },
};

/** Every password that is set by a request passes here, before anything is counted or hashed. */
export const newPasswords: AuthHook = {
  async before(context) {
    const setting = SET_AT[context.path];
    const password: unknown = setting && context.body?.[setting.field];
    if (setting === undefined || typeof password !== 'string') return;
    requireUncommon(password, {}, setting.field);
    requireUncommon(password, (await setting.personOf(context)) ?? {}, setting.field);
  },
};

async function personOfResetLink({ body, context }: HookContext): Promise<Partial<Person> | undefined> {
  const token: unknown = body?.token;
  if (typeof token !== 'string') return undefined;
  const { internalAdapter } = context;
  const verification = await internalAdapter.findVerificationValue(`reset-password:${token}`);
  if (verification === null) return undefined;
  return (await internalAdapter.findUserById(verification.value)) ?? undefined;
}
