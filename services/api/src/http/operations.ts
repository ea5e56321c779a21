import { PUBLIC_ROUTES } from '@podex/contracts/openapi';
import { POLICY, type Policy } from './policy.ts';

/** The operation that a request addresses, with the values of its path. */
export interface Operation {
  id: string;
  policy: Policy;
  params: Readonly<Record<string, string>>;
}

interface CompiledRoute {
  id: string;
  method: string;
  pattern: RegExp;
  names: readonly string[];
}

/** Routes with fewer parameters first: `/servers/capacity` is not the server called capacity. */
const ROUTES: readonly CompiledRoute[] = PUBLIC_ROUTES.map((route) => {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return {
    id: route.operationId,
    method: route.method.toUpperCase(),
    names,
    pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
  };
}).sort((left, right) => left.names.length - right.names.length);

/** What a path takes when asked by another method; none when there is nothing there. */
export function listMethods(path: string): string[] {
  const methods = ROUTES.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  const isRead = methods.includes('GET');
  return [...new Set([...methods, ...(isRead ? ['HEAD'] : [])])].sort();
}

/** Undefined when there is no such operation, or no row for it in the policy table. */
export function findOperation(method: string, path: string): Operation | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  for (const { id, method: ofRoute, pattern, names } of ROUTES) {
    const match = ofRoute === wanted ? pattern.exec(path) : null;
    const policy = POLICY[id];
    if (match === null || policy === undefined) continue;
    const params = Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']));
    return { id, policy, params };
  }
  return undefined;
}
