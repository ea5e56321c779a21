import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';

describe('loadConfig', () => {
  it('leaves the address of api to the page when nothing is set', () => {
    expect(loadConfig({})).toMatchObject({ apiUrl: undefined, wsUrl: undefined, apiPort: 3001 });
    expect(loadConfig({ NEXT_PUBLIC_API_URL: '' }).apiUrl).toBeUndefined();
  });

  it('takes origins, without a trailing slash', () => {
    const config = loadConfig({
      NEXT_PUBLIC_API_URL: 'https://api.example.com/',
      NEXT_PUBLIC_WS_URL: 'wss://api.example.com',
      PODEX_API_PORT: '4001',
    });
    expect(config).toMatchObject({
      apiUrl: 'https://api.example.com',
      wsUrl: 'wss://api.example.com',
      apiPort: 4001,
    });
  });

  it('finds api beside it where both listen on one address alone', () => {
    const address = (HOSTNAME: string) => loadConfig({ HOSTNAME }).ownAddress;
    expect(address('10.0.1.5')).toBe('10.0.1.5');
    expect(address('fd00::5')).toBe('[fd00::5]');
    expect(address('0.0.0.0')).toBe('127.0.0.1');
    expect(address('f00dfeed1234')).toBe('127.0.0.1');
  });

  it('lists every wrong variable at once', () => {
    const wrong = {
      NEXT_PUBLIC_API_URL: 'api.example.com',
      NEXT_PUBLIC_WS_URL: 'https://x',
      PODEX_API_PORT: 'http',
    };
    expect(() => loadConfig(wrong)).toThrow(
      /NEXT_PUBLIC_API_URL[\s\S]*NEXT_PUBLIC_WS_URL[\s\S]*PODEX_API_PORT/,
    );
  });
});
