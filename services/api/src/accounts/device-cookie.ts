import type { AuthHook, HookContext } from './auth-hooks.ts';
import { DEVICE_COOKIE, DEVICE_LIFETIME_SECONDS, type KnownDevices } from './known-device.ts';

export type NewSession = NonNullable<HookContext['context']['newSession']>;

export interface DeviceCookieOptions {
  devices: KnownDevices;
  isHttps: boolean;
  /** After a sign-in from a browser that the account does not know. */
  onNewBrowser?: ((signIn: NewSession) => Promise<void>) | undefined;
}

/** Marks the browser that has just signed in, or goes on to know it. */
export function createDeviceCookie({ devices, isHttps, onNewBrowser }: DeviceCookieOptions): AuthHook {
  return {
    async after(context: HookContext) {
      const isSignIn = context.path.startsWith('/sign-in/') || context.path.startsWith('/callback/');
      const { newSession } = context.context;
      if (!isSignIn || newSession === null) return;
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
