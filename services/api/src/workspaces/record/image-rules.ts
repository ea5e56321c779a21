import { PodexError } from '@podex/contracts/errors';
import { matchesImagePattern, parseImagePattern, parseImageReference } from '@podex/contracts/images';

/**
 * Only what an admin allowed is ever named to an engine: it would connect to whatever host the reference says.
 *
 * @throws PodexError image_not_allowed.
 */
export function requireAllowedImage(image: string, allowed: readonly string[]): void {
  const reference = parseImageReference(image);
  const isAllowed = allowed.some((text) => {
    const pattern = parseImagePattern(text);
    return reference !== undefined && pattern !== undefined && matchesImagePattern(reference, pattern);
  });
  if (isAllowed) return;
  throw new PodexError(
    'image_not_allowed',
    'This image is not allowed here. An admin can allow it under Settings, Images.',
    { image },
  );
}
