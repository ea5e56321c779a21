'use client';

import { useQueryClient } from '@tanstack/react-query';
import { PageHeading } from '#components/page-heading.tsx';
import { DeleteAccountSection } from '#features/account/components/delete-account-section.tsx';
import { PasswordSection } from '#features/account/components/password-section.tsx';
import { ProfileSection } from '#features/account/components/profile-section.tsx';
import { GitCredentialsSection } from '#features/git-credentials/components/git-credentials-section.tsx';
import { GitSshKeysSection } from '#features/git-credentials/components/git-ssh-keys-section.tsx';
import { PasskeysSection } from '#features/passkeys/components/passkeys-section.tsx';
import { OwnUsageSection } from '#features/quotas/components/usage-section.tsx';
import { OwnRulesSection } from '#features/rules/components/own-rules-section.tsx';
import { OwnSecretsSection } from '#features/secrets/components/secrets-section.tsx';
import { meQuery } from '#features/session/api/me-query.ts';
import { useSession } from '#features/session/components/session-context.tsx';
import { SessionsSection } from '#features/sessions/components/sessions-section.tsx';
import { SignInMethodsSection } from '#features/sign-in-methods/components/sign-in-methods-section.tsx';
import { SshKeysSection } from '#features/ssh/components/ssh-keys-section.tsx';
import { TokensSection } from '#features/tokens/components/tokens-section.tsx';
import { TwoFactorSection } from '#features/two-factor/components/two-factor-section.tsx';
import { ModelUsageSection } from '#features/usage/components/model-usage-section.tsx';

/** Everything about the own account: one section below the other. */
export function AccountScreen() {
  const user = useSession();
  const queryClient = useQueryClient();
  const { queryKey } = meQuery();
  return (
    <>
      <PageHeading title="Account" description={user.email} />
      <div className="flex flex-col gap-4">
        <ProfileSection user={user} onChanged={() => queryClient.invalidateQueries({ queryKey })} />
        <PasswordSection />
        <SignInMethodsSection />
        <TwoFactorSection />
        <PasskeysSection />
        <SessionsSection />
        <OwnUsageSection />
        <ModelUsageSection />
        <TokensSection isAdmin={user.role === 'admin'} />
        <SshKeysSection />
        <OwnSecretsSection />
        <GitCredentialsSection />
        <GitSshKeysSection />
        <OwnRulesSection />
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
