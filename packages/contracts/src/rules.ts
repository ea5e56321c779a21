import { z } from 'zod';
import { conversationId, ruleId, workspaceId } from './ids.ts';
import { lineText } from './text.ts';

/** Of the rules that match a call, deny wins over ask, and ask over allow. Without a rule the mode decides. */
export const ruleEffect = z.enum(['allow', 'ask', 'deny']);
export type RuleEffect = z.infer<typeof ruleEffect>;

/** Where a rule holds: one conversation, one workspace, or every workspace that its user owns. */
export const ruleScope = z.enum(['conversation', 'workspace', 'user']);
export type RuleScope = z.infer<typeof ruleScope>;

export const RULE_WORDS_MAX = 30;
/** Of a conversation, a workspace or a person. */
export const RULES_PER_PLACE_MAX = 100;

const rulePattern = z.object({
  tool: lineText(100).min(1),
  path: lineText(1000).min(1).nullable().meta({
    description:
      'Files that it is about: absolute or relative to /home/dev, with *, ** and ?. null: every file.',
  }),
  command: z
    .array(lineText(500).min(1))
    .min(1)
    .max(RULE_WORDS_MAX)
    .nullable()
    .meta({ description: 'The first words of the commands that it is about. null: every command.' }),
});

/** What a rule is about. */
export const ruleMatch = rulePattern.refine(({ path, command }) => path === null || command === null, {
  message: 'A rule has a path or a command, not both.',
});
export type RuleMatch = z.infer<typeof rulePattern>;

export const createRuleInput = rulePattern
  .extend({
    effect: ruleEffect,
    path: rulePattern.shape.path.default(null),
    command: rulePattern.shape.command.default(null),
  })
  .refine(({ path, command }) => path === null || command === null, {
    message: 'A rule has a path or a command, not both.',
  })
  .meta({ id: 'CreateRule' });
export type CreateRuleInput = z.output<typeof createRuleInput>;

export const rule = rulePattern
  .extend({
    id: ruleId,
    effect: ruleEffect,
    scope: ruleScope,
    conversation_id: conversationId.nullable().meta({ description: 'Of a rule of a conversation.' }),
    workspace_id: workspaceId.nullable().meta({ description: 'Of a rule of a workspace.' }),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Rule' });
export type Rule = z.infer<typeof rule>;

/** A rule as the policy reads it. */
export const policyRule = rulePattern.extend({ effect: ruleEffect, scope: ruleScope });
export type PolicyRule = z.infer<typeof policyRule>;

/** What a person can have remembered with an approval: this command, this file, or the whole tool. */
export const rememberKind = z.enum(['command', 'path', 'tool']);
export type RememberKind = z.infer<typeof rememberKind>;

export const rememberChoice = z.object({
  kind: rememberKind,
  rules: z
    .array(rulePattern)
    .min(1)
    .max(20)
    .meta({ description: 'What would be allowed from then on; a command line can need several.' }),
});
export type RememberChoice = z.infer<typeof rememberChoice>;
