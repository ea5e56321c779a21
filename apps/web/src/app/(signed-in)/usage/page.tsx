import type { Metadata } from 'next';
import { PageHeading } from '#components/page-heading.tsx';
import { Card } from '#components/section.tsx';
import { AdminOnly } from '#features/session/components/admin-only.tsx';
import { AllUsage } from '#features/usage/components/usage-view.tsx';
import { AppHeader, HeaderPlace } from '../app-header.tsx';

export const metadata: Metadata = { title: 'Usage' };

export default function UsagePage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>Usage</HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-5xl flex-1 px-4 py-8">
        <AdminOnly>
          <PageHeading title="Usage" description="What the agent used of models, in all workspaces." />
          <Card>
            <AllUsage />
          </Card>
        </AdminOnly>
      </main>
    </div>
  );
}
