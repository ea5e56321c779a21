import { PUBLIC_ROUTES } from '@podex/contracts/openapi';
import { describe, expect, it } from 'vitest';
import { coversScopes, scopesWithin } from '../calls/scopes.ts';
import { findOperation } from './operations.ts';
import { POLICY } from './policy.ts';

describe('the policy table', () => {
  it('has a row for every public operation, and no other', () => {
    const operations = PUBLIC_ROUTES.map((route) => route.operationId);
    expect(new Set(operations).size).toBe(operations.length);
    expect(Object.keys(POLICY).sort()).toEqual([...operations].sort());
  });

  it('lets nobody in unseen but to health, registration, the sign-in of programs, and servers with a join token', () => {
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
      'lookUpJoinToken',
      'joinServer',
    ]);
  });

  it('asks more than reading of whatever is no GET, and keeps administration to admins', () => {
    for (const route of PUBLIC_ROUTES) {
      const policy = POLICY[route.operationId];
      if (policy === undefined || policy.access === 'anyone') continue;
      // Who has a token can always end it.
      if (route.operationId === 'deleteCurrentToken') continue;
      if (route.method !== 'get') expect(policy.scopes, route.operationId).not.toContain('read');
      expect(policy.access === 'admin', route.operationId).toBe(route.path.startsWith('/api/admin/'));
      expect(policy.scopes.includes('admin'), route.operationId).toBe(policy.access === 'admin');
    }
  });

  it('names a relation wherever a path names what belongs to a workspace or a team', () => {
    const named = {
      workspace_id: 'workspace',
      conversation_id: 'conversation',
      turn_id: 'turn',
      approval_id: 'approval',
      team_id: 'team',
    };
    for (const route of PUBLIC_ROUTES) {
      const [, name = ''] = /\{(\w+)\}/.exec(route.path) ?? [];
      const policy = POLICY[route.operationId];
      // Admins manage what is not theirs.
      if (policy?.access === 'admin') continue;
      const to = policy?.access === 'user' ? policy.relation?.to : undefined;
      expect(to, route.operationId).toBe(name in named ? named[name as keyof typeof named] : undefined);
    }
  });
});

describe('scopes', () => {
  it('are good for themselves, and admin for all', () => {
    expect(coversScopes(['admin'], ['workspaces'])).toBe(true);
    expect(coversScopes(['workspaces'], ['read', 'workspaces'])).toBe(true);
    expect(coversScopes(['read'], ['workspaces'])).toBe(false);
    expect(coversScopes(['workspaces', 'account', 'agent', 'approve', 'read'], ['admin'])).toBe(false);
    expect(coversScopes([], ['read'])).toBe(false);
  });

  it('lose administration with the role', () => {
    expect(scopesWithin('user', ['read', 'admin'])).toEqual(['read']);
    expect(scopesWithin('admin', ['admin'])).toEqual(['admin']);
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
