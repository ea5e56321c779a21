import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SignUpForm } from '#features/session/components/credentials-form.tsx';

export const metadata: Metadata = { title: 'Create account' };

export default function SignUpPage() {
  return (
    <Suspense>
      <SignUpForm />
    </Suspense>
  );
}
