import { styleText } from 'node:util';

/** Colours text for one stream: not at all where no person reads it, or NO_COLOR is set. */
export type Paint = (style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string) => string;

export function painterOf(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}

export const plainPaint: Paint = (_style, text) => text;
