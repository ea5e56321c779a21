import { z } from 'zod';
import { type ImagePattern, matchesImagePattern, parseImagePattern, parseImageReference } from './images.ts';
import type { RequiredLabels } from './placement.ts';
import { serverLabels } from './servers.ts';
import { lineText } from './text.ts';

const LINE_CHARACTERS_MAX = 1_000;
const LINES_MAX = 100;

interface ImageRule {
  pattern: ImagePattern;
  labels: RequiredLabels;
}

/** @returns what is wrong with the line when it is no rule. */
export function parseImageRule(line: string): ImageRule | string {
  const [image = '', ...words] = line.split(/ +/);
  const pattern = parseImagePattern(image);
  if (pattern === undefined)
    return 'must begin with an image like debian:12 or a pattern like ghcr.io/acme/*';
  if (words.length === 0) return 'must name labels after the image, like ghcr.io/acme/* gpu=nvidia';
  const pairs = words.map((word) => {
    const at = word.indexOf('=');
    return [word.slice(0, Math.max(0, at)), word.slice(at + 1)];
  });
  const labels = serverLabels.safeParse(Object.fromEntries(pairs));
  return labels.success ? { pattern, labels: labels.data } : 'must name labels as key=value, like gpu=nvidia';
}

/** As it is written in a setting, on the page and in the command line. */
const imageRuleLine = lineText(LINE_CHARACTERS_MAX)
  .trim()
  .superRefine((line, context) => {
    const parsed = parseImageRule(line);
    if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
  });

export const imageLabels = z.array(imageRuleLine).max(LINES_MAX);

/** What the server of a workspace with this image must have: of all lines that match; of two for one label the first counts. */
export function labelsOfImage(image: string, lines: readonly string[]): RequiredLabels {
  const reference = parseImageReference(image);
  if (reference === undefined) return {};
  const matching = lines
    .map(parseImageRule)
    .filter((rule) => typeof rule !== 'string')
    .filter(({ pattern }) => matchesImagePattern(reference, pattern));
  return Object.assign({}, ...matching.map(({ labels }) => labels).reverse());
}
