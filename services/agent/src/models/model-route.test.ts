import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it } from 'vitest';
import { routeModel } from './model-route.ts';
import { type ProviderSettingsOptions, providerSettings } from './provider-settings.ts';

const NONE = { apiKey: undefined, baseUrl: undefined };
const NOTHING: ProviderSettingsOptions = {
  preferredProvider: undefined,
  defaultModel: undefined,
  openrouter: NONE,
  anthropic: NONE,
  openai: { ...NONE, api: 'chat' },
  google: NONE,
  ollamaUrl: undefined,
};
const WITH_KEY = { apiKey: 'key', baseUrl: undefined };

function route(name: string, options: Partial<ProviderSettingsOptions>) {
  const { provider, modelId } = routeModel(name, providerSettings({ ...NOTHING, ...options }, undefined));
  return `${provider} | ${modelId}`;
}

describe('routeModel', () => {
  it('goes to the provider that the name begins with', () => {
    const options = {
      openrouter: WITH_KEY,
      anthropic: WITH_KEY,
      openai: { ...WITH_KEY, api: 'chat' as const },
      google: WITH_KEY,
      ollamaUrl: 'http://o',
    };
    expect(route('anthropic/claude-x', options)).toBe('anthropic | claude-x');
    expect(route('openrouter/qwen/qwen3-coder', options)).toBe('openrouter | qwen/qwen3-coder');
    expect(route('openai/gpt-x', options)).toBe('openai | gpt-x');
    expect(route('google/gemini-x', options)).toBe('google | gemini-x');
    expect(route('ollama/llama3:8b', options)).toBe('ollama | llama3:8b');
  });

  it('passes other names on as they are', () => {
    const endpoint = { openai: { apiKey: undefined, baseUrl: 'http://gateway/v1', api: 'chat' as const } };
    expect(route('my-model', endpoint)).toBe('openai | my-model');
    expect(route('anthropic/claude-x', endpoint)).toBe('openai | anthropic/claude-x');
    expect(route('anthropic/claude-x', { openrouter: WITH_KEY })).toBe('openrouter | anthropic/claude-x');
    expect(route('mistralai/x', { openrouter: WITH_KEY, anthropic: WITH_KEY })).toBe(
      'openrouter | mistralai/x',
    );
    expect(route('claude-x', { anthropic: WITH_KEY })).toBe('anthropic | claude-x');
    expect(route('llama3', { anthropic: WITH_KEY, ollamaUrl: 'http://o', preferredProvider: 'ollama' })).toBe(
      'ollama | llama3',
    );
  });

  it('says what to set when nothing, or not the needed provider, is set up', () => {
    expect(() => route('openai/gpt-x', {})).toThrow(/No model is configured\. Set OPENROUTER_API_KEY/);
    try {
      route('openai/gpt-x', { anthropic: WITH_KEY });
      expect.unreachable();
    } catch (error) {
      expect(PodexError.has(error, 'model_not_available') && error.message).toContain('OPENAI_API_KEY');
    }
  });

  it('takes from api what the agent was not given', () => {
    const shared = { defaultProvider: 'openrouter' as const, openrouterApiKey: 'key-of-api' };
    expect(providerSettings(NOTHING, shared).openrouter?.apiKey).toBe('key-of-api');
    expect(providerSettings({ ...NOTHING, openrouter: WITH_KEY }, shared).openrouter?.apiKey).toBe('key');
  });
});
