import { describe, expect, it } from 'vitest';
import { limitsOf } from './limits.ts';
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
      'lookUpJoinToken',
      'joinServer',
      'lookUpInvitation',
      'getRegistration',
    ]);
  });
});

describe('the limits of operations', () => {
  it('stand at every operation, with the responses that tell of them', () => {
    const { paths = {} } = buildOpenApiDocument();
    for (const route of PUBLIC_ROUTES) {
      const operation = paths[route.path]?.[route.method];
      const limits = limitsOf(route);
      expect(operation, route.operationId).toMatchObject({ 'x-podex-limits': limits });
      const statuses = Object.keys(operation?.responses ?? {});
      expect(statuses, route.operationId).toEqual(expect.arrayContaining(['408', '421', '429', '431']));
      expect(statuses.includes('413'), route.operationId).toBe(limits.max_body_bytes !== 0);
    }
  });

  it('are those of the workspace for what goes through to it', () => {
    const byName = Object.fromEntries(PUBLIC_ROUTES.map((route) => [route.operationId, limitsOf(route)]));
    expect(byName.writeFile).toMatchObject({
      max_body_bytes: null,
      body_deadline_ms: null,
      body_silence_ms: 60_000,
    });
    expect(byName.runCommand).toMatchObject({ max_body_bytes: 4_194_304, body_silence_ms: 60_000 });
    expect(byName.createWorkspace).toMatchObject({ max_body_bytes: 2_097_152, body_deadline_ms: 30_000 });
    expect(byName.getMe).toMatchObject({ max_body_bytes: 0, body_deadline_ms: null });
  });
});
