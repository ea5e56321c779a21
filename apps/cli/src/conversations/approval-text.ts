import type { Approval } from '@podex/contracts/conversations';
import type { RememberChoice, RuleScope } from '@podex/contracts/rules';
import type { Decision } from './conversation-requests.ts';
import { diffLines } from './diff-text.ts';
import type { Paint } from './painter.ts';
import { shownLine, shownText } from './shown-text.ts';

/** Exactly what would be done. Nothing is left out: a person approves what they see. */
export function approvalText(approval: Approval, paint: Paint): string {
  const head = paint('bold', shownLine(approval.summary));
  return [head, ...previewLines(approval, paint).map((line) => `  ${line}`)].join('\n');
}

function previewLines({ preview, input }: Approval, paint: Paint): string[] {
  if (preview === null) return shownText(JSON.stringify(input, null, 2)).split('\n');
  if (preview.type === 'command') {
    const where = preview.cwd === null ? [] : [paint('dim', `in ${shownLine(preview.cwd)}`)];
    return [...where, ...shownText(preview.command).split('\n').map(commandLine)];
  }
  if (preview.type === 'question') {
    const options = preview.options.map((option, index) => `${index + 1}) ${shownLine(option)}`);
    return [...shownText(preview.question).split('\n'), ...options];
  }
  if (preview.type === 'plan') return shownText(preview.markdown).split('\n');
  const link =
    preview.target === undefined
      ? []
      : [`${shownLine(preview.path)} is a link. This changes ${shownLine(preview.target)}.`];
  const kind = preview.before === null ? ' (new file)' : '';
  const path = paint('dim', `${shownLine(preview.target ?? preview.path)}${kind}`);
  return [...link, path, ...diffLines(preview, paint)];
}

function commandLine(line: string, index: number): string {
  return `${index === 0 ? '$' : ' '} ${line}`;
}

const SCOPES: Readonly<Record<RuleScope, string>> = {
  conversation: 'in this conversation',
  workspace: 'in this workspace',
  user: 'in all workspaces that you own',
};
const SCOPE_ORDER: readonly RuleScope[] = ['conversation', 'workspace', 'user'];

export interface RememberOption {
  remember: Required<Decision>['remember'];
  text: string;
}

/** What can be remembered with a decision, and where, from the narrowest on. */
export function rememberOptions({ choices }: Pick<Approval, 'choices'>): RememberOption[] {
  return choices.flatMap((choice) =>
    SCOPE_ORDER.map((scope) => ({
      remember: { kind: choice.kind, scope },
      text: `${choiceText(choice)}, ${SCOPES[scope]}`,
    })),
  );
}

function choiceText({ rules }: RememberChoice): string {
  return rules
    .map(({ tool, path, command }) => {
      const about = command === null ? path : `“${command.join(' ')}” and what follows it`;
      return shownLine(about === null ? `every ${tool}` : `${tool} ${about}`);
    })
    .join(' and ');
}
