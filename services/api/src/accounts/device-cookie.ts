import type { AuthHook, HookContext } from './auth-hooks.ts';
import { DEVICE_COOKIE, DEVICE_LIFETIME_SECONDS, type KnownDevices } from './known-device.ts';

export type NewSession = NonNullable<HookContext['context']['newSession']>;

export interface DeviceCookieOptions {
  devices: KnownDevices;
  isHttps: boolean;
  /** After a sign-in from a browser that the account does not know. */
  onNewBrowser?: ((signIn: NewSession) => Promise<void>) | undefined;
}

const SIGN_INS = /^\/(sign-in\/|callback\/|two-factor\/verify-|passkey\/verify-authentication$)/;
const AFTER_PASSWORD = '/sign-in/email';

/** Marks the browser that has just signed in, or goes on to know it. */
export function createDeviceCookie({ devices, isHttps, onNewBrowser }: DeviceCookieOptions): AuthHook {
  return {
    async after(context: HookContext) {
      const { newSession } = context.context;
      if (newSession === null || !SIGN_INS.test(context.path)) return;
      // better-auth takes this session away again: the second factor is still to come.
      if (context.path === AFTER_PASSWORD && newSession.user.twoFactorEnabled === true) return;
      const { email } = newSession.user;
      const known = devices.recognise(context.getCookie(DEVICE_COOKIE), email);
      context.setCookie(DEVICE_COOKIE, devices.issue(email, known), {
        path: '/api/auth',
        httpOnly: true,
        sameSite: 'lax',
        secure: isHttps,
        maxAge: DEVICE_LIFETIME_SECONDS,
      });
      if (known === undefined) await onNewBrowser?.(newSession);
    },
  };
}
