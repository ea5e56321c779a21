import { exportAudit, listAudit, verifyAudit } from '@podex/contracts/routes/audit-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { AuditService } from './audit-service.ts';

export function addAuditRoutes(app: ApiApp, audit: AuditService): void {
  app.openapi(listAudit, async (context) => context.json(await audit.list(context.req.valid('query')), 200));

  app.openapi(exportAudit, async (context) => {
    const { format, ...filter } = context.req.valid('query');
    const { form, body } = await audit.export(format, filter, callOf(context));
    return context.body(body, 200, {
      'content-type': form.contentType,
      'content-disposition': `attachment; filename="podex-audit.${format}"`,
      'cache-control': 'no-store',
    });
  });

  app.openapi(verifyAudit, async (context) => {
    return context.json(await audit.verify(context.req.valid('query'), callOf(context)), 200);
  });
}
