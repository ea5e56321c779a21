'use client';

import { PasskeySignIn } from '#features/passkeys/components/passkey-sign-in.tsx';
import { SignInForm } from '#features/session/components/credentials-form.tsx';
import { useFinishSignIn } from '#features/session/components/use-finish-sign-in.ts';

export function SignInScreen() {
  const finish = useFinishSignIn();
  return <SignInForm otherWays={<PasskeySignIn onSignedIn={finish} />} />;
}
