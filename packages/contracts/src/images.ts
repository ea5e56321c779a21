import { z } from 'zod';

/** An image reference, in full: `debian` is `docker.io`, `library/debian`, without tag and digest. */
export interface ImageReference {
  /** Host of the registry, with its port if one was given. */
  registry: string;
  path: string;
  tag?: string;
  digest?: string;
}

/** As an admin allows images: a reference, whose path may have `*` for any run of characters. */
export type ImagePattern = ImageReference;

const DEFAULT_REGISTRY = 'docker.io';
const DEFAULT_NAMESPACE = 'library';
const MAX_NAME_LENGTH = 255;
const MAX_REFERENCE_LENGTH = 512;

// The grammar of github.com/distribution/reference.
const HOST_LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const REGISTRY = new RegExp(`^(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?$`);
const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${PATH_PART}(?:/${PATH_PART})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;
/** Docker takes this for the id of an image that is on the server already. */
const IMAGE_ID = /^[a-f0-9]{64}$/;

/** Undefined when the text is not an image reference. */
export function parseImageReference(text: string): ImageReference | undefined {
  const parts = splitReference(text);
  return parts !== undefined && PATH.test(parts.path) ? parts : undefined;
}

/**
 * Undefined when the text is not a pattern. The registry is a name without wildcards; one on this machine or in a private network
 * allows only the images that are written out.
 */
export function parseImagePattern(text: string): ImagePattern | undefined {
  const parts = splitReference(text);
  // A wildcard stands where a letter could.
  if (parts === undefined || !PATH.test(parts.path.replaceAll('*', 'x'))) return undefined;
  if (!parts.path.includes('*')) return parts;
  const [first = ''] = text.split('/');
  return first.includes('*') || isPrivateRegistry(parts.registry) ? undefined : parts;
}

/** A pattern without tag and digest allows all of them. */
export function matchesImagePattern(image: ImageReference, pattern: ImagePattern): boolean {
  if (image.registry !== pattern.registry) return false;
  if (pattern.tag !== undefined && image.tag !== pattern.tag) return false;
  if (pattern.digest !== undefined && image.digest !== pattern.digest) return false;
  if (!pattern.path.includes('*')) return image.path === pattern.path;
  return !isPrivateRegistry(image.registry) && matchesWildcards(image.path, pattern.path.split('*'));
}

/** What the Docker Engine wants: the name as it was written, and tag or digest. Without either, the engine would pull every tag. */
export function nameAndTagOf(text: string): { name: string; tag: string } {
  const { name, tag, digest } = cutReference(text);
  return { name, tag: digest ?? tag ?? 'latest' };
}

export const imageReference = z
  .string()
  .max(MAX_REFERENCE_LENGTH)
  .refine((text) => parseImageReference(text) !== undefined, 'must be an image reference like debian:12')
  .meta({ example: 'debian:12' });

export const imagePattern = z
  .string()
  .trim()
  .max(MAX_REFERENCE_LENGTH)
  .refine(
    (text) => parseImagePattern(text) !== undefined,
    'must be an image like debian:12 or a pattern like ghcr.io/acme/*, with a registry that is written out',
  )
  .meta({ example: 'docker.io/library/*' });

function splitReference(text: string): ImageReference | undefined {
  if (text.length > MAX_REFERENCE_LENGTH || IMAGE_ID.test(text)) return undefined;
  const { name, tag, digest } = cutReference(text);
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  const { registry, path } = splitName(name);
  if (!REGISTRY.test(registry) || `${registry}/${path}`.length > MAX_NAME_LENGTH) return undefined;
  return {
    registry,
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function cutReference(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? {} : { digest: text.slice(at + 1) };
  const colon = named.lastIndexOf(':');
  if (colon <= named.lastIndexOf('/')) return { name: named, ...digest };
  return { name: named.slice(0, colon), tag: named.slice(colon + 1), ...digest };
}

/** The first part is a registry when it could not be a name of Docker Hub, as the engine decides it. */
function splitName(name: string): { registry: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isRegistry = /[.:\][A-Z]/.test(first) || first === 'localhost';
  if (!isRegistry) {
    const path = slash < 0 ? `${DEFAULT_NAMESPACE}/${name}` : name;
    return { registry: DEFAULT_REGISTRY, path };
  }
  const registry = first.toLowerCase();
  const path = name.slice(slash + 1);
  if (registry !== 'index.docker.io' && registry !== DEFAULT_REGISTRY) return { registry, path };
  return {
    registry: DEFAULT_REGISTRY,
    path: path.includes('/') ? path : `${DEFAULT_NAMESPACE}/${path}`,
  };
}

/**
 * Whether the registry’s name says that it is this machine or one of a private network. Every address in numbers counts: public
 * registries have names.
 */
function isPrivateRegistry(registry: string): boolean {
  const host = registry.replace(/:[0-9]+$/, '');
  if (host.startsWith('[')) return true;
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  return labels.length === 1 || /^(0x[0-9a-f]*|[0-9]+)$/.test(last) || PRIVATE_DOMAINS.has(last);
}

const PRIVATE_DOMAINS: ReadonlySet<string> = new Set(['internal', 'lan', 'local', 'localhost']);

/** `pieces` is the pattern cut at its wildcards. Linear: each piece is looked for once, from where the last one ended. */
function matchesWildcards(text: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}
