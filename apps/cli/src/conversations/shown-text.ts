/**
 * What a terminal would act on, or what turns the direction of the text around it: a model, a program or a file could hide with it what a
 * person is asked to approve.
 */
const ACTING = /[^\P{Cc}\n\t]|[\u200b\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const PICTURES = 0x2400;
const DELETE = 0x7f;

/** Text for a terminal: such characters are shown and do nothing. Line feeds and tabs stay. */
export function shownText(text: string): string {
  return text.replaceAll(ACTING, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(PICTURES + code);
    return code === DELETE ? '\u2421' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}

/** The same on one line. */
export function shownLine(text: string): string {
  return shownText(text.trim().replaceAll(/\s*\n\s*/g, ' ⏎ ')).replaceAll('\t', ' ');
}
