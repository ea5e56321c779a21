import { listApprovals, resolveApproval } from '@podex/contracts/routes/conversation-routes';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { ApprovalService } from './approvals.ts';

export function addApprovalRoutes(app: ApiApp, approvals: ApprovalService): void {
  app.openapi(listApprovals, async (context) => {
    return context.json(await approvals.list(context.req.valid('query'), callOf(context)), 200);
  });

  app.openapi(resolveApproval, async (context) => {
    const { approval_id: id } = context.req.valid('param');
    return context.json(await approvals.resolve(id, context.req.valid('json'), callOf(context)), 200);
  });
}
