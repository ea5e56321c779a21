/** What a person reads. */
export interface Letter {
  subject: string;
  text: string;
  html: string;
}

export interface LetterContent {
  subject: string;
  paragraphs: readonly string[];
  /** What the letter is for. */
  button?: { label: string; link: string };
  /** Small print. */
  closing: readonly string[];
}

const SUBJECT_MAX = 150;
const WORDS_MAX = 200;
/** Breaks lines, or turns the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** Somebody’s words on one line and of a bounded length, for the inside of a sentence. */
export function oneLine(words: string, max = WORDS_MAX): string {
  const line = words.replace(UNPRINTABLE, ' ').trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}

/** The same content as plain text and as HTML. Everything in it is taken as text. */
export function composeLetter(content: LetterContent): Letter {
  return {
    subject: oneLine(content.subject, SUBJECT_MAX),
    text: textOf(content),
    html: htmlOf(content),
  };
}

function textOf({ paragraphs, button, closing }: LetterContent): string {
  const action = button === undefined ? [] : [`${button.label}:\n${button.link}`];
  return `${[...paragraphs, ...action, ...closing, '-- \nPodex'].join('\n\n')}\n`;
}

const BUTTON_STYLE =
  'display:inline-block;padding:10px 16px;border-radius:6px;background:#1f2937;color:#ffffff;text-decoration:none';

function htmlOf({ subject, paragraphs, button, closing }: LetterContent): string {
  const link = button === undefined ? '' : escapeHtml(button.link);
  const action =
    button === undefined
      ? []
      : [
          `<p><a href="${link}" style="${BUTTON_STYLE}">${escapeHtml(button.label)}</a></p>`,
          `<p style="color:#6b7280;font-size:13px">If the button does nothing, copy this address into your browser:<br>${link}</p>`,
        ];
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(oneLine(subject, SUBJECT_MAX))}</title></head>`,
    '<body style="margin:0;padding:24px;font-family:sans-serif;font-size:15px;line-height:1.5;color:#111827">',
    '<div style="max-width:520px;margin:0 auto">',
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...action,
    ...closing.map((line) => `<p style="color:#6b7280;font-size:13px">${escapeHtml(line)}</p>`),
    '</div></body></html>',
    '',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
