import { z } from 'zod';

/** The part of the JSON Schema of a tool’s input that says what a model may have meant. */
interface Property {
  type?: string | undefined;
  minLength?: number | undefined;
  items?: Property | undefined;
  required?: string[] | undefined;
  properties?: Record<string, Property> | undefined;
}
interface InputShape {
  required: string[];
  properties: Record<string, Property>;
}

const property: z.ZodType<Property> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    minLength: z.number().optional(),
    items: property.optional(),
    required: z.array(z.string()).optional(),
    properties: z.record(z.string(), property).optional(),
  }),
);
const inputShape = z.object({
  required: z.array(z.string()).default([]),
  properties: z.record(z.string(), property),
});

export function shapeOf(inputSchema: Record<string, unknown>): InputShape {
  return inputShape.parse(inputSchema);
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };

/**
 * A model’s input as the tool’s types want it, where there is no doubt what was meant: numbers, booleans and lists that were written as
 * texts, one object in place of a list of them, and null or nothing for what may be left out. All else stays as it is, for the schema to judge.
 */
export function meantInput(shape: InputShape, given: Record<string, unknown>): Record<string, unknown> {
  const meant: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const known = Object.hasOwn(shape.properties, name) ? shape.properties[name] : undefined;
    if (known === undefined) meant[name] = value;
    else if (shape.required.includes(name) || !isLeftOut(known, value)) meant[name] = toType(known, value);
  }
  return meant;
}

function isLeftOut({ type, minLength = 0 }: Property, value: unknown): boolean {
  if (value === null) return true;
  return value === '' && (type !== 'string' || minLength > 0);
}

function toType(wanted: Property, value: unknown): unknown {
  const { type, items, properties, required = [] } = wanted;
  if (type === 'array') return toList(items, value);
  if (type === 'object' && properties !== undefined && isObject(value))
    return meantInput({ properties, required }, value);
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (type === 'boolean') return BOOLEANS[text.toLowerCase()] ?? value;
  if ((type === 'integer' || type === 'number') && NUMBER.test(text)) return Number(text);
  return value;
}

function toList(items: Property | undefined, value: unknown): unknown {
  if (typeof value === 'string') {
    const parsed = parsedJson(value);
    return Array.isArray(parsed) || isObject(parsed) ? toList(items, parsed) : value;
  }
  const list = isObject(value) ? [value] : value;
  return Array.isArray(list) && items !== undefined ? list.map((item) => toType(items, item)) : list;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a text begins as JSON and ends before its last string, list or object does. */
export function isCutJson(text: string): boolean {
  const bare = text.replace(/"(?:[^"\\]|\\[\s\S])*"/g, '');
  const opened = bare.replace(/[^[{]/g, '').length;
  const closed = bare.replace(/[^\]}]/g, '').length;
  return bare.includes('"') || opened > closed;
}
