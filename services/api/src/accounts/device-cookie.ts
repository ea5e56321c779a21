import type { AuthHook, HookContext } from './auth-hooks.ts';
import { DEVICE_COOKIE, DEVICE_LIFETIME_SECONDS, type KnownDevices } from './known-device.ts';

const SIGN_INS = /^\/(sign-in\/|callback\/|two-factor\/verify-|passkey\/verify-authentication$)/;
const AFTER_PASSWORD = '/sign-in/email';

/** Marks the browser that has just signed in, or goes on to know it. */
export function createDeviceCookie(devices: KnownDevices, isHttps: boolean): AuthHook {
  return {
    async after(context: HookContext) {
      const signedIn = context.context.newSession?.user;
      if (signedIn === undefined || !SIGN_INS.test(context.path)) return;
      // better-auth takes this session away again: the second factor is still to come.
      if (context.path === AFTER_PASSWORD && signedIn.twoFactorEnabled === true) return;
      const { email } = signedIn;
      const known = devices.recognise(context.getCookie(DEVICE_COOKIE), email);
      context.setCookie(DEVICE_COOKIE, devices.issue(email, known), {
        path: '/api/auth',
        httpOnly: true,
        sameSite: 'lax',
        secure: isHttps,
        maxAge: DEVICE_LIFETIME_SECONDS,
      });
    },
  };
}
