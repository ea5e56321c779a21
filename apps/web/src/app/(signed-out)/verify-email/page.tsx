import type { Metadata } from 'next';
import { VerifyEmailForm } from '#features/session/components/verify-email-form.tsx';

export const metadata: Metadata = { title: 'Confirm your email address', referrer: 'no-referrer' };

export default function VerifyEmailPage() {
  return <VerifyEmailForm />;
}
