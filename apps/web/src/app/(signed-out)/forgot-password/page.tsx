import type { Metadata } from 'next';
import { ForgotPasswordForm } from '#features/session/components/forgot-password-form.tsx';

export const metadata: Metadata = { title: 'Reset your password', referrer: 'no-referrer' };

export default function ForgotPasswordPage() {
  return <ForgotPasswordForm />;
}
