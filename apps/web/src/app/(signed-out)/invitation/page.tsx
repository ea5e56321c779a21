import type { Metadata } from 'next';
import { Suspense } from 'react';
import { InvitationForm } from '#features/session/components/invitation-form.tsx';

export const metadata: Metadata = { title: 'Invitation', referrer: 'no-referrer' };

export default function InvitationPage() {
  return (
    <Suspense>
      <InvitationForm />
    </Suspense>
  );
}
