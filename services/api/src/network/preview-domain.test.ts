import { expect, it } from 'vitest';
import { previewDomainFault, previewPortFault, sharesSite } from './preview-domain.ts';

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

it('takes a port for previews that is no port of Podex, and none beside a domain', () => {
  const own = {
    frontendOrigin: 'https://podex.example.com',
    apiHosts: [{ hostname: 'api.example.com', port: '8443' }],
    apiPort: 3001,
    hasDomain: false,
  };
  expect(previewPortFault(3004, own)).toBeUndefined();
  expect(previewPortFault(80, own)).toBeUndefined();
  expect(previewPortFault(443, own)).toContain('FRONTEND_URL');
  expect(previewPortFault(3001, own)).toContain('(PORT)');
  expect(previewPortFault(8443, own)).toContain('API_HOSTS');
  expect(previewPortFault(3000, { ...own, frontendOrigin: 'http://podex.example.com:3000' })).toContain(
    '3004',
  );
  expect(previewPortFault(3004, { ...own, hasDomain: true })).toContain('PREVIEW_DOMAIN');
});
