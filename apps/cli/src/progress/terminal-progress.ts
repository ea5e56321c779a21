import { formatStepLine, type Progress, type ProgressStep } from './progress.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const DEFAULT_WIDTH = 80;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\r\u001b[2K';
const STYLES = { done: ['✓', '\u001b[32m'], fail: ['✗', '\u001b[31m'], open: ['', '\u001b[36m'] } as const;
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

/** A terminal that understands cursor control. */
export interface Terminal {
  write(text: string): unknown;
  columns?: number;
}

/** Shows the open step as a line that moves, and leaves a line of each that ended. */
export function createTerminalProgress(terminal: Terminal, options: { colour: boolean }): Progress {
  const paint = (colour: string, text: string) => (options.colour ? `${colour}${text}${RESET}` : text);
  const width = () => (terminal.columns ?? DEFAULT_WIDTH) - 1;
  let redraw: (() => void) | undefined;

  function step(title: string): ProgressStep {
    const startedAt = performance.now();
    let detail = '';
    let frame = 0;
    const line = (mark: string, colour: string) => {
      const text = formatStepLine({ mark, title, detail, ms: performance.now() - startedAt }, width());
      const head = `${mark} ${title}`;
      if (!text.startsWith(head)) return text;
      return `${paint(colour, mark)} ${title}${paint(DIM, text.slice(head.length))}`;
    };
    const draw = () => {
      frame = (frame + 1) % FRAMES.length;
      terminal.write(`${CLEAR_LINE}${line(FRAMES[frame] ?? '', STYLES.open[1])}`);
    };
    terminal.write(HIDE_CURSOR);
    redraw = draw;
    draw();
    const timer = setInterval(draw, FRAME_MS);
    timer.unref();
    const end = (style: (typeof STYLES)['done'] | (typeof STYLES)['fail']) => {
      clearInterval(timer);
      redraw = undefined;
      terminal.write(`${CLEAR_LINE}${line(style[0], style[1])}\n${SHOW_CURSOR}`);
    };
    return {
      update: (text) => {
        detail = text;
      },
      done: (text) => {
        detail = text ?? '';
        end(STYLES.done);
      },
      fail: () => end(STYLES.fail),
    };
  }

  return {
    step,
    note: (text) => {
      terminal.write(`${redraw ? CLEAR_LINE : ''}${text}\n`);
      redraw?.();
    },
  };
}
