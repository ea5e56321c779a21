import { describe, expect, it } from 'vitest';
import { hasModel, readyText } from './ready-text.ts';
import type { PlatformReady } from './run-platform.ts';

const record: PlatformReady['record'] = {
  pid: 1,
  start_ticks: 1,
  boot_id: 'boot',
  started_at: '2026-01-01T00:00:00.000Z',
  phase: 'running',
  url: 'http://localhost:3000',
  host: '127.0.0.1',
  ports: { web: 3000, api: 3001, agent: 3002, compute: 3003 },
  engine_socket: null,
  database: 'embedded',
};
const options = { hasModel: true, isDetached: false, isFrontendSet: false };
const textOf = (ready: Partial<PlatformReady>, with_: Partial<typeof options> = {}) =>
  readyText({ record, firstAdmin: undefined, demoModel: false, ...ready }, { ...options, ...with_ }).join(
    '\n',
  );

describe('what is said once Podex runs', () => {
  it('is the address and how to stop it', () => {
    expect(textOf({})).toContain('http://localhost:3000');
    expect(textOf({})).toContain('Ctrl-C stops it');
    expect(textOf({}, { isDetached: true })).toContain('podex down');
  });

  it('holds the password on the first start only, and never the operator’s own', () => {
    expect(textOf({ firstAdmin: { email: 'admin@podex.local', password: 'abcde' } })).toMatch(
      /password +abcde/,
    );
    expect(textOf({ firstAdmin: { email: 'ada@example.com', password: null } })).toMatch(
      /password +the one in ADMIN_PASSWORD/,
    );
    expect(textOf({})).not.toContain('password');
  });

  it('names the variables when there is no model, and the demo when there is one', () => {
    expect(textOf({}, { hasModel: false })).toContain('OPENROUTER_API_KEY');
    expect(textOf({ demoModel: true }, { hasModel: false })).toContain('scripted demo');
  });

  it('warns of plain http on a network', () => {
    expect(textOf({})).not.toContain('Warning');
    expect(textOf({ record: { ...record, host: '0.0.0.0' } })).toMatch(/plain http[\s\S]*FRONTEND_URL/);
  });
});

describe('a model', () => {
  it('is there with any provider’s key or address, also from a file', () => {
    expect(hasModel({})).toBe(false);
    expect(hasModel({ OLLAMA_URL: 'http://localhost:11434' })).toBe(true);
    expect(hasModel({ ANTHROPIC_API_KEY_FILE: '/run/secrets/anthropic' })).toBe(true);
  });
});
