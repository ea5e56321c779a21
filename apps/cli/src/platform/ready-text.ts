import type { PlatformReady } from './run-platform.ts';
import { isLoopback, isWildcard } from './service-settings.ts';

/** What is said once Podex runs: where it is, how to get in, how to stop it. */
export function readyText(
  { record, firstAdmin, demoModel }: PlatformReady,
  options: { hasModel: boolean; isDetached: boolean; isFrontendSet: boolean },
): string[] {
  const access = firstAdmin
    ? [
        `    email     ${firstAdmin.email}`,
        `    password  ${firstAdmin.password ?? 'the one in ADMIN_PASSWORD'}`,
        '    (shown again by: podex admin credentials)',
      ]
    : [];
  return [
    '',
    `  Podex runs at ${record.url}`,
    ...access,
    ...modelLines(demoModel, options.hasModel),
    ...networkLines(record.host, options.isFrontendSet),
    '',
    options.isDetached
      ? '  It runs in the background: podex status, podex logs, podex down'
      : '  Ctrl-C stops it; workspaces go on running.',
    '',
  ];
}

function modelLines(demoModel: boolean, hasModel: boolean): string[] {
  if (demoModel) return ['', '  The agent is a scripted demo, not a model.'];
  if (hasModel) return [];
  return [
    '',
    '  No model is set up yet, so the agent cannot work. Set one of OPENROUTER_API_KEY, ANTHROPIC_API_KEY,',
    '  OPENAI_API_KEY, OPENAI_BASE_URL, GOOGLE_API_KEY or OLLAMA_URL in .env, or look around with: podex up --demo-model',
  ];
}

function networkLines(host: string, isFrontendSet: boolean): string[] {
  if (isLoopback(host)) return [];
  const warning = `  Warning: it listens on ${host} with plain http: passwords cross the network readable. Put a proxy with`;
  const proxy = '  TLS in front of it for anything but a trusted network.';
  if (isFrontendSet || !isWildcard(host)) return ['', warning, proxy];
  return [
    '',
    warning,
    proxy,
    '  Sign-in works only from the address above until FRONTEND_URL names another one.',
  ];
}

const MODEL_VARIABLES = [
  'OPENROUTER_API_KEY',
  'ANTHROPIC_API_KEY',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'GOOGLE_API_KEY',
  'GEMINI_API_KEY',
  'OLLAMA_URL',
];

/** Whether the operator set any of the variables that make a model available. */
export function hasModel(operator: Readonly<Record<string, string>>): boolean {
  return MODEL_VARIABLES.some(
    (name) => operator[name] !== undefined || operator[`${name}_FILE`] !== undefined,
  );
}
