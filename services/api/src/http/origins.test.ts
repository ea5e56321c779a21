import { describe, expect, it } from 'vitest';
import { createOriginPolicy, listAllowedOrigins } from './origins.ts';

describe('listAllowedOrigins', () => {
  it('is the page’s own origin', () => {
    expect(listAllowedOrigins({ frontendOrigin: 'https://podex.example.com', isDevelopment: false })).toEqual(
      ['https://podex.example.com'],
    );
    expect(listAllowedOrigins({ frontendOrigin: 'http://localhost:3000', isDevelopment: false })).toEqual([
      'http://localhost:3000',
    ]);
  });

  it('is every name of this machine in development', () => {
    expect(listAllowedOrigins({ frontendOrigin: 'http://localhost:3000', isDevelopment: true })).toEqual([
      'http://localhost:3000',
      'http://127.0.0.1:3000',
      'http://[::1]:3000',
    ]);
    expect(listAllowedOrigins({ frontendOrigin: 'https://dev.example.com', isDevelopment: true })).toEqual([
      'https://dev.example.com',
    ]);
  });
});

describe('the origin policy', () => {
  const policy = createOriginPolicy(['https://podex.example.com']);

  it('compares whole origins', () => {
    expect(policy.isAllowed('https://podex.example.com')).toBe(true);
    for (const other of [
      'http://podex.example.com',
      'https://podex.example.com:8443',
      'https://podex.example.com.evil.example',
      'https://evil.example/https://podex.example.com',
      'null',
      '',
    ]) {
      expect(policy.isAllowed(other), other).toBe(false);
    }
  });
});
