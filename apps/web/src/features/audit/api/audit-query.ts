import {
  type AuditExportFormat,
  type AuditFilter,
  auditPage,
  auditVerification,
} from '@podex/contracts/audit';
import { infiniteQueryOptions, useMutation } from '@tanstack/react-query';
import { api, definedOnly, responseOf } from '#lib/api-client.ts';

const PAGE_SIZE = 50;

export function auditQuery(filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) => {
      const query = definedOnly({ ...filter, limit: PAGE_SIZE, after: pageParam });
      return responseOf(auditPage, api().GET('/api/admin/audit', { params: { query }, signal }));
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => (next === null ? undefined : Number(next)),
  });
}

/** Fetched, not navigated to: a navigation to api carries no session. */
export function useExportAudit(filter: AuditFilter) {
  return useMutation({
    mutationFn: async (format: AuditExportFormat) => {
      const { data } = await api().GET('/api/admin/audit/export', {
        params: { query: definedOnly({ ...filter, format }) },
        parseAs: 'blob',
      });
      if (data !== undefined) saveFile(data, `podex-audit.${format}`);
    },
  });
}

export function useVerifyAudit() {
  return useMutation({
    mutationFn: () => responseOf(auditVerification, api().GET('/api/admin/audit/verify', {})),
  });
}

function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
