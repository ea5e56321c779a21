import { PUBLIC_ROUTES } from '@podex/contracts/openapi';
import { describe, expect, it } from 'vitest';
import { findOperation } from './operations.ts';
import { coversScope, POLICY } from './policy.ts';

describe('the policy table', () => {
  it('has a row for every public operation, and no other', () => {
    const operations = PUBLIC_ROUTES.map((route) => route.operationId);
    expect(new Set(operations).size).toBe(operations.length);
    expect(Object.keys(POLICY).sort()).toEqual([...operations].sort());
  });

  it('lets nobody in unseen but to health, registration, and the sign-in of programs', () => {
    const open = Object.entries(POLICY).filter(([, policy]) => policy.access === 'anyone');
    expect(open.map(([id]) => id)).toEqual([
      'getHealth',
      'getReady',
      'getComputeHealth',
      'getRegistration',
      'lookUpInvitation',
      'getJwks',
      'createDeviceCode',
      'pollDeviceToken',
    ]);
  });

  it('asks more than reading of whatever is no GET but for the end of the token itself, and of the terminal', () => {
    for (const route of PUBLIC_ROUTES) {
      const policy = POLICY[route.operationId];
      if (policy === undefined || policy.access === 'anyone') continue;
      if (route.operationId === 'deleteCurrentToken') continue;
      if (route.method !== 'get' || route.operationId === 'attachTerminal') {
        expect(policy.scope, route.operationId).not.toBe('read');
      }
      expect(policy.access === 'admin', route.operationId).toBe(route.path.startsWith('/api/admin/'));
    }
  });

  it('orders scopes', () => {
    expect(coversScope('admin', 'write')).toBe(true);
    expect(coversScope('write', 'write')).toBe(true);
    expect(coversScope('read', 'write')).toBe(false);
    expect(coversScope('write', 'admin')).toBe(false);
  });
});

describe('findOperation', () => {
  it('finds every route by an address of its own', () => {
    for (const route of PUBLIC_ROUTES) {
      const path = route.path.replaceAll(/\{\w+\}/g, 'some-id');
      expect(findOperation(route.method.toUpperCase(), path)?.id).toBe(route.operationId);
    }
  });

  it('gives the values of the path', () => {
    expect(findOperation('GET', '/api/workspaces/ws_1/terminals/trm_2/attach')).toMatchObject({
      id: 'attachTerminal',
      params: { workspace_id: 'ws_1', terminal_id: 'trm_2' },
    });
  });

  it('takes HEAD for GET, and nothing for what is not there', () => {
    expect(findOperation('HEAD', '/api/me')?.id).toBe('getMe');
    expect(findOperation('PUT', '/api/me')).toBeUndefined();
    expect(findOperation('GET', '/api/me/')).toBeUndefined();
    expect(findOperation('GET', '/api/workspaces/a/b/files')).toBeUndefined();
    expect(findOperation('GET', '/apiXme')).toBeUndefined();
  });
});
