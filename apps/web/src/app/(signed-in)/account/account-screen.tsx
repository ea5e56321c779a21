'use client';

import { useQueryClient } from '@tanstack/react-query';
import { DeleteAccountSection } from '#features/account/components/delete-account-section.tsx';
import { PasswordSection } from '#features/account/components/password-section.tsx';
import { ProfileSection } from '#features/account/components/profile-section.tsx';
import { meQuery } from '#features/session/api/me-query.ts';
import { useSession } from '#features/session/components/session-context.tsx';

/** Everything about the own account: one section below the other. */
export function AccountScreen() {
  const user = useSession();
  const queryClient = useQueryClient();
  const { queryKey } = meQuery();
  return (
    <>
      <h1 className="mb-4 font-semibold text-lg tracking-tight">Account</h1>
      <div className="flex flex-col gap-4">
        <ProfileSection user={user} onChanged={() => queryClient.invalidateQueries({ queryKey })} />
        <PasswordSection />
        <DeleteAccountSection
          onDeleted={() => {
            queryClient.setQueryData(queryKey, null);
            queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== queryKey[0] });
          }}
        />
      </div>
    </>
  );
}
