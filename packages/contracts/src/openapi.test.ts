import { describe, expect, it } from 'vitest';
import { buildOpenApiDocument, PUBLIC_ROUTES } from './openapi.ts';

describe('the OpenAPI document', () => {
  it('names every operation once', () => {
    const names = PUBLIC_ROUTES.map((route) => route.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('holds every route, and says of each how to sign in', () => {
    const document = buildOpenApiDocument();
    const operations = Object.values(document.paths ?? {}).flatMap((item) => Object.keys(item));
    expect(operations).toHaveLength(PUBLIC_ROUTES.length);
    const open = PUBLIC_ROUTES.filter((route) => route.security === undefined).map(
      (route) => route.operationId,
    );
    expect(open).toEqual([
      'getHealth',
      'getReady',
      'getComputeHealth',
      'createDeviceCode',
      'pollDeviceToken',
      'getJwks',
      'lookUpInvitation',
      'getRegistration',
    ]);
  });
});
