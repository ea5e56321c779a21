import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PUBLIC_ROUTES } from './openapi.ts';

/** A schema somewhere in a request, and the way to it. */
interface Place {
  at: string;
  schema: z.ZodType;
}

const children = (schema: z.ZodType, at: string): Place[] => {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).map(([name, child]) => ({
      at: `${at}.${name}`,
      schema: toType(child),
    }));
  }
  if (schema instanceof z.ZodArray) return [{ at: `${at}[]`, schema: toType(schema.element) }];
  if (schema instanceof z.ZodRecord) {
    return [
      { at: `${at}{key}`, schema: toType(schema.keyType) },
      { at: `${at}{value}`, schema: toType(schema.valueType) },
    ];
  }
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => ({ at, schema: toType(option) }));
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return [{ at, schema: toType(schema.unwrap()) }];
  }
  return [];
};

const LEAVES = [
  z.ZodString,
  z.ZodStringFormat,
  z.ZodNumber,
  z.ZodBoolean,
  z.ZodEnum,
  z.ZodLiteral,
  z.ZodPipe,
];

function toType(value: unknown): z.ZodType {
  if (value instanceof z.ZodType) return value;
  throw new Error('expected a schema');
}

function placesIn(schema: z.ZodType, at: string): Place[] {
  return [{ at, schema }, ...children(schema, at).flatMap((place) => placesIn(place.schema, place.at))];
}

/** What is wrong with one schema, seen alone: each is tried, not only looked at. */
function faultOf({ schema, at }: Place): string | undefined {
  const fault = faultOfText(schema) ?? faultOfSize(schema);
  if (fault !== undefined) return `${at}: ${fault}`;
  const isKnown = schema instanceof z.ZodObject || children(schema, at).length > 0;
  if (isKnown || LEAVES.some((leaf) => schema instanceof leaf)) return undefined;
  return `${at}: ${schema.constructor.name} is not known to this test`;
}

function faultOfText(schema: z.ZodType): string | undefined {
  const takes = (value: string) => schema.safeParse(value).success;
  if (schema instanceof z.ZodPipe && takes('a'.repeat(100_000))) return 'takes a string of any length';
  if (!(schema instanceof z.ZodString || schema instanceof z.ZodStringFormat)) return undefined;
  if (schema.maxLength === null) return 'a string without a maximum';
  const bad = ['a\0b', 'a\ud800b', '\udc00'].find(takes);
  return bad === undefined ? undefined : `takes ${JSON.stringify(bad)}`;
}

function faultOfSize(schema: z.ZodType): string | undefined {
  if (schema instanceof z.ZodNumber && (schema.maxValue ?? Infinity) === Infinity)
    return 'a number without a maximum';
  const json = () => z.toJSONSchema(schema, { io: 'input' });
  if (schema instanceof z.ZodArray && json().maxItems === undefined) return 'a list without a maximum';
  if (schema instanceof z.ZodRecord && json().maxProperties === undefined) return 'a map without a maximum';
  return undefined;
}

function requestSchemas(route: (typeof PUBLIC_ROUTES)[number]): Place[] {
  if (!('request' in route)) return [];
  const { operationId } = route;
  const request: Record<string, unknown> = route.request;
  const places = Object.entries(request)
    .filter(([part]) => part !== 'body')
    .map(([part, schema]) => ({ at: `${operationId} ${part}`, schema: toType(schema) }));
  const { body } = z
    .object({
      body: z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) }).optional(),
    })
    .parse(request);
  const json = body?.content['application/json'];
  return json === undefined
    ? places
    : [...places, { at: `${operationId} body`, schema: toType(json.schema) }];
}

const PLACES = PUBLIC_ROUTES.flatMap(requestSchemas).flatMap(({ schema, at }) => placesIn(schema, at));

describe('what a request may hold', () => {
  it('is bounded and can be stored, in every field of every public route', () => {
    expect(PLACES.length).toBeGreaterThan(150);
    expect(PLACES.map(faultOf).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it.each([
    ['a string without a maximum', z.object({ x: z.string() })],
    ['a string that takes NUL', z.object({ x: z.string().max(5) })],
    ['a list', z.object({ x: z.array(z.enum(['a'])).optional() })],
    [
      'a map',
      z.object({
        x: z
          .record(
            z
              .string()
              .max(3)
              .regex(/^[a-z]*$/),
            z.boolean(),
          )
          .default({}),
      }),
    ],
    ['a number', z.object({ x: z.union([z.number(), z.boolean()]) })],
    ['a type nobody thought of', z.object({ x: z.unknown() })],
  ])('would show %s', (_name, schema) => {
    expect(
      placesIn(schema, 'body')
        .map(faultOf)
        .filter((fault) => fault !== undefined),
    ).toHaveLength(1);
  });
});
