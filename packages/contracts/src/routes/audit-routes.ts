import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  auditEntry,
  auditPage,
  auditVerification,
  exportAuditQuery,
  listAuditQuery,
  verifyAuditQuery,
} from '../audit.ts';
import { errorResponses, json, security } from './route.ts';

const shared = { tags: ['Administration'], security };

export const listAudit = createRoute({
  ...shared,
  operationId: 'listAudit',
  method: 'get',
  path: '/api/admin/audit',
  summary: 'The audit log, newest first',
  request: { query: listAuditQuery },
  responses: { 200: json(auditPage, 'Entries that the filter finds.'), ...errorResponses },
});

export const exportAudit = createRoute({
  ...shared,
  operationId: 'exportAudit',
  method: 'get',
  path: '/api/admin/audit/export',
  summary: 'All entries that the filter finds, oldest first, as a file',
  request: { query: exportAuditQuery },
  responses: {
    200: {
      description: 'One JSON object, or one row of CSV, a line.',
      content: { 'application/x-ndjson': { schema: auditEntry }, 'text/csv': { schema: z.string() } },
    },
    ...errorResponses,
  },
});

export const verifyAudit = createRoute({
  ...shared,
  operationId: 'verifyAudit',
  method: 'get',
  path: '/api/admin/audit/verify',
  summary: 'Whether the audit log is what was written; the first place where it is not',
  request: { query: verifyAuditQuery },
  responses: { 200: json(auditVerification, 'What was found.'), ...errorResponses },
});
