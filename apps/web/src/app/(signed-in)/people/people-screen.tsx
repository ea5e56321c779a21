'use client';

import { PeoplePanel } from '#features/people/components/people-panel.tsx';
import { LimitsDialog } from '#features/quotas/components/limits-dialog.tsx';
import { useSession } from '#features/session/components/session-context.tsx';

/** The people as the admin who is signed in sees them. */
export function PeopleScreen() {
  return (
    <PeoplePanel
      selfId={useSession().id}
      limits={(id, onClose) => <LimitsDialog holder={{ kind: 'user', id }} onClose={onClose} />}
    />
  );
}
