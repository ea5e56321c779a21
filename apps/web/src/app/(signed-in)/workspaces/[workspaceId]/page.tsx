import type { Metadata } from 'next';
import { Suspense } from 'react';
import { WorkspaceScreen } from './workspace-screen.tsx';

export const metadata: Metadata = { title: 'Workspace' };

export default async function WorkspacePage({ params }: { params: Promise<{ workspaceId: string }> }) {
  const { workspaceId } = await params;
  return (
    <Suspense>
      <WorkspaceScreen key={workspaceId} workspaceId={workspaceId} />
    </Suspense>
  );
}
