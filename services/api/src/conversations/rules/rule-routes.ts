import {
  createConversationRule,
  createOwnRule,
  createWorkspaceRule,
  deleteConversationRule,
  deleteOwnRule,
  deleteWorkspaceRule,
  listConversationRules,
  listOwnRules,
  listWorkspaceRules,
} from '@podex/contracts/routes/rule-routes';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { RuleService } from './rules.ts';

export function addRuleRoutes(app: ApiApp, rules: RuleService): void {
  addConversationRuleRoutes(app, rules);
  addWorkspaceRuleRoutes(app, rules);
  addOwnRuleRoutes(app, rules);
}

function addConversationRuleRoutes(app: ApiApp, rules: RuleService): void {
  app.openapi(listConversationRules, async (context) => {
    const { conversation_id: id } = context.req.valid('param');
    return context.json(await rules.list({ scope: 'conversation', id }, callOf(context)), 200);
  });

  app.openapi(createConversationRule, async (context) => {
    const { conversation_id: id } = context.req.valid('param');
    const input = context.req.valid('json');
    return context.json(await rules.create({ scope: 'conversation', id }, input, callOf(context)), 201);
  });

  app.openapi(deleteConversationRule, async (context) => {
    const { conversation_id: id, rule_id: rule } = context.req.valid('param');
    await rules.remove({ scope: 'conversation', id }, rule, callOf(context));
    return context.body(null, 204);
  });
}

function addWorkspaceRuleRoutes(app: ApiApp, rules: RuleService): void {
  app.openapi(listWorkspaceRules, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    return context.json(await rules.list({ scope: 'workspace', id }, callOf(context)), 200);
  });

  app.openapi(createWorkspaceRule, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    const input = context.req.valid('json');
    return context.json(await rules.create({ scope: 'workspace', id }, input, callOf(context)), 201);
  });

  app.openapi(deleteWorkspaceRule, async (context) => {
    const { workspace_id: id, rule_id: rule } = context.req.valid('param');
    await rules.remove({ scope: 'workspace', id }, rule, callOf(context));
    return context.body(null, 204);
  });
}

function addOwnRuleRoutes(app: ApiApp, rules: RuleService): void {
  app.openapi(listOwnRules, async (context) => {
    return context.json(await rules.list({ scope: 'user' }, callOf(context)), 200);
  });

  app.openapi(createOwnRule, async (context) => {
    const input = context.req.valid('json');
    return context.json(await rules.create({ scope: 'user' }, input, callOf(context)), 201);
  });

  app.openapi(deleteOwnRule, async (context) => {
    await rules.remove({ scope: 'user' }, context.req.valid('param').rule_id, callOf(context));
    return context.body(null, 204);
  });
}
