import { ERROR_TABLE, errorBody } from '@podex/contracts/errors';
import { buildOpenApiDocument } from '@podex/contracts/openapi';
import { z } from 'zod';
import type { PublicRoute } from './request-fuzz.ts';

export interface SeenResponse {
  status: number;
  contentType: string | undefined;
  body: string;
  isHead: boolean;
}

const { paths = {} } = buildOpenApiDocument();
const declaredBody = z.object({
  content: z.object({ 'application/json': z.object({ schema: z.instanceof(z.ZodType) }) }),
});
/** HTTP’s own statuses for what the table has under another one. */
const STATUSES_OF_HTTP = [408, 431];

/** What is wrong with a response of this route, by its own declaration; undefined when nothing is. */
export function faultOf(route: PublicRoute, seen: SeenResponse): string | undefined {
  const { status, body, contentType, isHead } = seen;
  const declared = paths[route.path]?.[route.method]?.responses ?? {};
  if (status >= 500 && status !== 503) return `It failed with ${status}: ${body}`;
  if (!(String(status) in declared)) return `It does not declare the status ${status}: ${body.slice(0, 300)}`;
  if (isHead || status === 204 || status === 304)
    return body === '' ? undefined : `A ${status} came with a body.`;
  const isJson = contentType?.startsWith('application/json') === true;
  const declaration: unknown = Reflect.get(route.responses, status);
  const schema = declaredBody.safeParse(declaration).data?.content['application/json'].schema;
  if (status >= 400) return isJson ? errorFault(status, body, schema) : `An error came as ${contentType}.`;
  if (schema === undefined) return undefined;
  return isJson ? issuesOf(schema, body) : `It declares JSON and sent ${contentType}.`;
}

function errorFault(status: number, text: string, schema: z.ZodType | undefined): string | undefined {
  // Health says by 503 what is down, in its own shape.
  if (status === 503 && schema !== undefined && issuesOf(schema, text) === undefined) return undefined;
  const parsed = errorBody.strict().safeParse(parse(text));
  if (!parsed.success) return `The error is of another shape: ${text.slice(0, 300)}`;
  const { code, context = {}, message } = parsed.data.error;
  const entry = Object.entries(ERROR_TABLE).find(([name]) => name === code)?.[1];
  if (entry === undefined) return `There is no error ${code}.`;
  if (entry.status !== status && !STATUSES_OF_HTTP.includes(status))
    return `${code} came with status ${status}.`;
  if (!entry.context.safeParse(context).success)
    return `The context of ${code} is ${JSON.stringify(context)}.`;
  if (/node_modules|\.ts:\d|\bat \w+ \(/.test(text))
    return `It shows where the code stands: ${text.slice(0, 300)}`;
  return /^\p{Lu}|^[^\p{L}]/u.test(message) ? undefined : `The message has no capital letter: ${message}`;
}

function issuesOf(schema: z.ZodType, text: string): string | undefined {
  const parsed = schema.safeParse(parse(text));
  if (parsed.success) return undefined;
  return `It sent what it does not declare: ${JSON.stringify(parsed.error.issues).slice(0, 300)} in ${text.slice(0, 300)}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
