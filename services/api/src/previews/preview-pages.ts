import { createHash } from 'node:crypto';
import type { PodexError } from '@podex/contracts/errors';

const STYLE = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #fafafa; color: #18181b; }
main { max-width: 30rem; padding: 2rem; }
h1 { font-size: 1.25rem; margin: 0 0 .5rem; }
p { margin: 0 0 1rem; color: #52525b; }
code { font-family: ui-monospace, monospace; }
a.button { display: inline-block; padding: .5rem .875rem; border-radius: .375rem; background: #18181b; color: #fff; text-decoration: none; font-weight: 500; }
a.button:focus-visible { outline: 2px solid #2563eb; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  body { background: #09090b; color: #fafafa; } p { color: #a1a1aa; } a.button { background: #fafafa; color: #18181b; }
}`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing of these pages runs but the script of this hash, nothing is loaded for them, and only Podex’s page has them in a frame. */
export function pageHeaders(pageOrigin: string, scriptHash?: string) {
  const script = scriptHash === undefined ? '' : ` script-src 'sha256-${scriptHash}';`;
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}';${script} base-uri 'none'; form-action 'none'; frame-ancestors ${pageOrigin}`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-robots-tag': 'noindex',
  } as const;
}

/** In a frame: tells Podex’s page, and no other, what this browser needs to be let in. */
export function askingPage(wish: { state: string; path: string }, pageOrigin: string) {
  const message = { type: 'podex.preview', ...wish };
  // A script ends where `</script` begins, also within a string.
  const text = JSON.stringify(message).replaceAll('<', '\\u003c');
  const script = `parent.postMessage(${text}, ${JSON.stringify(pageOrigin)});`;
  const scriptHash = createHash('sha256').update(script).digest('base64');
  return {
    headers: pageHeaders(pageOrigin, scriptHash),
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Opening the preview</title><script>${script}</script></head></html>`,
  };
}

const RELOAD_SECONDS = 3;

interface PreviewPage {
  title: string;
  text: string;
  action?: { href: string; label: string; inNewTab?: boolean };
  /** Looks again by itself. */
  reloads?: boolean;
}

export interface PageContext {
  port: number;
  /** Leads to Podex’s page that opens the preview, and starts its workspace when asked to. */
  openUrl: string;
  /** Of this preview. */
  homeUrl: string;
  /** Podex’s page is in no frame: what leads there opens a tab. */
  isInFrame: boolean;
}

/** What a person reads in place of a program’s page. */
export function pageOfError(error: PodexError, context: PageContext): string {
  return render(describe(error, context));
}

function describe(error: PodexError, context: PageContext): PreviewPage {
  const { port, homeUrl } = context;
  switch (error.code) {
    case 'workspace_not_running':
      return notRunning(String(Reflect.get(error.context, 'status') ?? 'stopped'), context);
    case 'port_not_listening':
      return {
        title: `Nothing is listening on port ${port}`,
        text: `Start a server on port ${port} in the workspace. This page reloads when it responds.`,
        reloads: true,
      };
    case 'port_broke_off':
      return {
        title: `The server on port ${port} did not send a valid response`,
        text: 'It closed the connection, or does not speak HTTP. Check its output in the workspace.',
        action: { href: '', label: 'Try again' },
      };
    case 'link_not_valid':
      return {
        title: 'This link can’t be used',
        text: error.message,
        action: { href: homeUrl, label: 'Open the preview' },
      };
    case 'preview_not_found':
      return { title: 'There is no preview here', text: error.message };
    case 'origin_not_allowed':
      return { title: 'This preview can’t be opened from there', text: error.message };
    default:
      return {
        title: 'This preview can’t be shown right now',
        text: error.message,
        action: { href: '', label: 'Try again' },
      };
  }
}

function notRunning(status: string, { openUrl, isInFrame }: PageContext): PreviewPage {
  if (status === 'creating') {
    return { title: 'The workspace is starting', text: 'This page reloads when it is ready.', reloads: true };
  }
  if (status === 'deleted') {
    return { title: 'The workspace was deleted', text: 'There is no preview here any more.' };
  }
  if (status === 'unreachable') {
    const text = 'Its server can’t be reached right now. Nothing is lost. This page reloads when it is back.';
    return { title: 'The workspace can’t be reached', text, reloads: true };
  }
  const title = status === 'failed' ? 'The workspace did not start' : `The workspace is ${status}`;
  const text = 'Start it in Podex to open this preview. Only people who can use the workspace can do that.';
  return { title, text, action: { href: openUrl, label: 'Start workspace', inNewTab: isInFrame } };
}

function render({ title, text, action, reloads = false }: PreviewPage): string {
  const refresh = reloads ? `<meta http-equiv="refresh" content="${RELOAD_SECONDS}">` : '';
  const link = action
    ? `<a class="button" href="${escapeHtml(action.href)}"${action.inNewTab ? ' target="_blank" rel="noopener"' : ''}>${escapeHtml(action.label)}</a>`
    : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${link}</main></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
