import { z } from 'zod';

/** A preview that is shown beside the editor. */
export interface OpenPreview {
  port: number;
  url: string;
}

/**
 * Of the frame of a preview. A program is to work as in a tab of its own: it runs scripts, has the storage of its origin, which is never
 * Podex’s, sends forms, asks, opens windows and offers downloads. It cannot lead the page around it elsewhere.
 */
export const FRAME_SANDBOX =
  'allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-downloads';

/** What a private preview tells the page around its frame. */
const previewWish = z.object({
  type: z.literal('podex.preview'),
  state: z.string().regex(/^[\w-]{43}$/),
  path: z.string().max(4096),
});

/** Undefined for what is no such message, or comes from another window or origin. */
export function wishOf(
  { data, origin, source }: Pick<MessageEvent, 'data' | 'origin' | 'source'>,
  frame: { url: string; window: MessageEventSource | null },
): { state: string; path: string } | undefined {
  if (source === null || source !== frame.window || origin !== new URL(frame.url).origin) return undefined;
  return previewWish.safeParse(data).data;
}

/** Whether browsers let a preview that asks who one is work in a frame: other sites have cookies there over https, or on this machine. */
export function canBeFramed(url: string, pageUrl: string): boolean {
  const [preview, page] = [new URL(url), new URL(pageUrl)];
  if (preview.protocol === 'https:' || preview.hostname === page.hostname) return true;
  return preview.hostname.endsWith('.localhost') && page.protocol === 'http:';
}
