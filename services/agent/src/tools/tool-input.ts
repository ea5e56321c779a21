import { z } from 'zod';

/** The part of the JSON Schema of a tool’s input that says what a model may have meant. */
const inputShape = z.object({
  required: z.array(z.string()).default([]),
  properties: z.record(
    z.string(),
    z.object({ type: z.string().optional(), minLength: z.number().optional() }),
  ),
});
type InputShape = z.output<typeof inputShape>;
type Property = InputShape['properties'][string];

export function shapeOf(inputSchema: Record<string, unknown>): InputShape {
  return inputShape.parse(inputSchema);
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };

/**
 * A model’s input as the tool’s types want it, where there is no doubt what was meant: numbers and booleans that were written as texts,
 * and null or nothing for what may be left out. All else stays as it is, for the schema to judge.
 */
export function meantInput(shape: InputShape, given: Record<string, unknown>): Record<string, unknown> {
  const meant: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const property = shape.properties[name];
    if (property === undefined) meant[name] = value;
    else if (shape.required.includes(name) || !isLeftOut(property, value))
      meant[name] = toType(property, value);
  }
  return meant;
}

function isLeftOut({ type, minLength = 0 }: Property, value: unknown): boolean {
  if (value === null) return true;
  return value === '' && (type !== 'string' || minLength > 0);
}

function toType({ type }: Property, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (type === 'boolean') return BOOLEANS[text.toLowerCase()] ?? value;
  if ((type === 'integer' || type === 'number') && NUMBER.test(text)) return Number(text);
  return value;
}

/** Whether a text begins as JSON and ends before its last string, list or object does. */
export function isCutJson(text: string): boolean {
  const bare = text.replace(/"(?:[^"\\]|\\[\s\S])*"/g, '');
  const opened = bare.replace(/[^[{]/g, '').length;
  const closed = bare.replace(/[^\]}]/g, '').length;
  return bare.includes('"') || opened > closed;
}
