import { expect, it } from 'vitest';
import { previewDomainFault, sharesSite } from './preview-domain.ts';

const fault = (domain: string, apiHosts: { hostname: string; port: string | undefined }[] = []) =>
  previewDomainFault(domain, { frontendOrigin: 'https://podex.example.com', apiHosts });

it('takes a domain for previews from which nobody sets cookies for Podex', () => {
  expect(fault('podex-previews.example')).toBeUndefined();
  for (const domain of ['podex.example.com', 'preview.podex.example.com', 'example.com', 'com']) {
    expect(fault(domain)).toContain('podex.example.com');
  }
  const api = [{ hostname: 'api.previews.example', port: undefined }];
  expect(fault('previews.example', api)).toContain('api.previews.example');
  const local = { frontendOrigin: 'http://localhost:3000', apiHosts: [] };
  expect(previewDomainFault('preview.localhost', local)).toBeUndefined();
});

it('knows a domain beside Podex’s own, for whose common parent cookies could be set', () => {
  expect(sharesSite('previews.example.com', 'https://podex.example.com')).toBe(true);
  expect(sharesSite('podex-previews.example', 'https://podex.example.com')).toBe(false);
  expect(sharesSite('preview.localhost', 'http://localhost:3000')).toBe(false);
});
