import type { TerminalView, TerminalViewOptions } from './terminal-view.ts';

/**
 * Loads xterm.js, which is not part of the page's first scripts, and opens a terminal in the element. Aborting disposes of it,
 * whether it is open already or not.
 */
export async function openTerminalView(
  element: HTMLElement,
  signal: AbortSignal,
  options: TerminalViewOptions,
): Promise<TerminalView | undefined> {
  const { TerminalView: View, loadTerminalFont } = await import('./terminal-view.ts');
  await loadTerminalFont();
  if (signal.aborted) return undefined;
  const view = new View(options);
  signal.addEventListener('abort', () => view.dispose(), { once: true });
  view.attach(element);
  await accelerate(view, signal);
  return signal.aborted ? undefined : view;
}

async function accelerate(view: TerminalView, signal: AbortSignal): Promise<void> {
  if (!hasGraphicsCard()) return;
  const { WebglAddon } = await import('@xterm/addon-webgl');
  if (!signal.aborted) view.accelerate(new WebglAddon());
}

/** WebGL that a processor computes is slower than the DOM. */
function hasGraphicsCard(): boolean {
  const context = document
    .createElement('canvas')
    .getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (context === null) return false;
  const names = context.getExtension('WEBGL_debug_renderer_info');
  const renderer = names === null ? '' : String(context.getParameter(names.UNMASKED_RENDERER_WEBGL));
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return !/swiftshader|llvmpipe|software/i.test(renderer);
}
