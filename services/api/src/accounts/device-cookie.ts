import type { AuthHook, HookContext } from './auth-hooks.ts';
import { DEVICE_COOKIE, DEVICE_LIFETIME_SECONDS, type KnownDevices } from './known-device.ts';

/** Marks the browser that has just signed in, or goes on to know it. */
export function createDeviceCookie(devices: KnownDevices, isHttps: boolean): AuthHook {
  return {
    async after(context: HookContext) {
      const isSignIn = context.path.startsWith('/sign-in/') || context.path.startsWith('/callback/');
      const email = context.context.newSession?.user.email;
      if (!isSignIn || email === undefined) return;
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
