'use client';

import type { AuditExportFormat, AuditFilter, AuditVerification } from '@podex/contracts/audit';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { RequestError } from '#components/form.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Notice } from '#components/notice.tsx';
import { PageHeading } from '#components/page-heading.tsx';
import { Card } from '#components/section.tsx';
import { ShowMore } from '#components/show-more.tsx';
import { countOf } from '#lib/format.ts';
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
  const isExporting = (format: AuditExportFormat) => download.isPending && download.variables === format;
  const failure = download.error ?? verify.error;
  return (
    <>
      <PageHeading
        title="Audit log"
        description="Who did what, when, and from where."
        actions={
          <>
            <Button onClick={() => verify.mutate()} isBusy={verify.isPending}>
              Verify
            </Button>
            <Button
              onClick={() => download.mutate('csv')}
              isBusy={isExporting('csv')}
              disabled={download.isPending}
            >
              Export CSV
            </Button>
            <Button
              onClick={() => download.mutate('ndjson')}
              isBusy={isExporting('ndjson')}
              disabled={download.isPending}
            >
              Export JSON
            </Button>
          </>
        }
      />
      {(failure !== null || verify.data !== undefined) && (
        <div className="mb-4 flex flex-col gap-2">
          <RequestError error={failure} />
          {verify.data !== undefined && <VerificationNotice found={verify.data} />}
        </div>
      )}
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
      The audit log is intact: {countOf(found.entries, 'entry', 'entries')}, up to number {found.last_seq}.
      {found.resealed.length > 0 &&
        ` Its key was changed at entry ${found.resealed.join(', ')}. If nobody changed JWT_SECRET_KEY then, it was rewritten.`}
    </Notice>
  );
}

function AuditEntries({ filter }: { filter: AuditFilter }) {
  const pages = useInfiniteQuery(auditQuery(filter));
  const entries = pages.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <Card>
        <Loaded query={{ ...pages, data: entries }} what="the audit log" height="h-64">
          {(loaded) =>
            loaded.length === 0 ? (
              <EmptyState icon={<ScrollText />} title="No entries">
                Nothing matches this filter.
              </EmptyState>
            ) : (
              <AuditTable entries={loaded} />
            )
          }
        </Loaded>
      </Card>
      <ShowMore query={pages} />
    </>
  );
}
