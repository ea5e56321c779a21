import { z } from 'zod';
import type { ProviderMetadata } from './model-part.ts';

const metadataSchema = z.record(z.string(), z.record(z.string(), z.json()));

/** What a vendor wants back with each part of a response; it comes with any piece of the part, such as a signature after its text. */
export class PartMetadata {
  /** By the kind and the vendor’s id of a part that still grows. */
  readonly #known = new Map<string, NonNullable<ProviderMetadata>>();

  note(part: string, piece: { providerMetadata?: unknown }): void {
    const more = metadataOf(piece);
    if (more === undefined) return;
    const known = this.#known.get(part) ?? {};
    for (const [vendor, values] of Object.entries(more)) known[vendor] = { ...known[vendor], ...values };
    this.#known.set(part, known);
  }

  /** All of it; the id may be used again. */
  take(part: string, last: { providerMetadata?: unknown }): ProviderMetadata {
    this.note(part, last);
    const known = this.#known.get(part);
    this.#known.delete(part);
    return known;
  }
}

/** What is not JSON (undefined, dates) is dropped as JSON drops it. */
export function metadataOf(part: { providerMetadata?: unknown }): ProviderMetadata {
  if (part.providerMetadata === undefined) return undefined;
  const parsed = metadataSchema.safeParse(JSON.parse(JSON.stringify(part.providerMetadata)));
  if (!parsed.success) return undefined;
  const used = Object.entries(parsed.data).filter(([, value]) => Object.keys(value).length > 0);
  return used.length === 0 ? undefined : Object.fromEntries(used);
}
