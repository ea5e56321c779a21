'use client';

import type { AuditFilter, AuditVerification } from '@podex/contracts/audit';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Notice } from '#components/notice.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
import { auditQuery, useExportAudit, useVerifyAudit } from '../api/audit-query.ts';
import { AuditFilterForm } from './audit-filter-form.tsx';
import { AuditTable } from './audit-table.tsx';

/** Who did what. For administrators. */
export function AuditPanel() {
  const [filter, setFilter] = useState<AuditFilter>({});
  return (
    <>
      <AuditHeading filter={filter} />
      <AuditFilterForm onFilter={setFilter} />
      <AuditEntries filter={filter} />
    </>
  );
}

function AuditHeading({ filter }: { filter: AuditFilter }) {
  const download = useExportAudit(filter);
  const verify = useVerifyAudit();
  const failure = download.error ?? verify.error;
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-4">
        <div className="min-w-0">
          <h1 className="font-semibold text-lg tracking-tight">Audit log</h1>
          <p className="text-ink-2 text-xs">Who did what, when, and from where.</p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => verify.mutate()} isBusy={verify.isPending}>
            Verify
          </Button>
          <Button onClick={() => download.mutate('csv')} isBusy={download.isPending}>
            Export CSV
          </Button>
          <Button onClick={() => download.mutate('ndjson')} isBusy={download.isPending}>
            Export JSON
          </Button>
        </div>
      </div>
      {failure !== null && (
        <Notice tone="danger" isAlert>
          {messageOf(failure)}
        </Notice>
      )}
      {verify.data !== undefined && <VerificationNotice found={verify.data} />}
    </>
  );
}

function VerificationNotice({ found }: { found: AuditVerification }) {
  if (found.problem !== null) {
    return (
      <Notice tone="danger" isAlert>
        The audit log isn't intact. {found.problem.message}
      </Notice>
    );
  }
  return (
    <Notice tone="accent">
      The audit log is intact: {found.entries} entries, up to {found.last_seq}.
      {found.resealed.length > 0 &&
        ` Its key was changed at entry ${found.resealed.join(', ')}. If nobody changed JWT_SECRET_KEY then, it was rewritten.`}
    </Notice>
  );
}

function AuditEntries({ filter }: { filter: AuditFilter }) {
  const pages = useInfiniteQuery(auditQuery(filter));
  if (pages.isPending) return <Skeleton className="h-64 w-full" />;
  if (pages.data === undefined) {
    return (
      <ErrorState
        title="Can't load the audit log"
        message={messageOf(pages.error)}
        isRetrying={pages.isFetching}
        onRetry={() => pages.refetch()}
      />
    );
  }
  const entries = pages.data.pages.flatMap(({ items }) => items);
  if (entries.length === 0) {
    return (
      <div className="rounded-lg border border-line-strong border-dashed py-12">
        <EmptyState icon={<ScrollText />} title="No entries">
          Nothing matches this filter.
        </EmptyState>
      </div>
    );
  }
  return (
    <>
      <AuditTable entries={entries} />
      {pages.isFetchNextPageError && (
        <Notice tone="danger" isAlert>
          {messageOf(pages.error)}
        </Notice>
      )}
      {pages.hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button onClick={() => pages.fetchNextPage()} isBusy={pages.isFetchingNextPage}>
            Load more
          </Button>
        </div>
      )}
    </>
  );
}
