import type { ProseItem, ToolCallItem, TranscriptItem, TranscriptTurn } from '@podex/contracts/transcript';
import type { Paint } from './painter.ts';
import { shownLine, shownText } from './shown-text.ts';
import { toolCallDetail, toolCallLine } from './tool-call-text.ts';

const CLEAR_LINE = '\r\u001b[2K';
const MARGIN = '  ';

export interface PrinterOptions {
  write(text: string): unknown;
  paint: Paint;
  /** Reasoning as well, dimmed. */
  showsReasoning: boolean;
  /** Columns of a terminal on which a call that runs has a line that goes away; undefined: such a line is not wanted. */
  columns?: number | undefined;
  /** A message that is not repeated to the person who wrote it. */
  ownMessage?: string;
  /** Approvals whose change stands above already. */
  hasShown?(approvalId: string): boolean;
}

/** Prints turns as they come: of each state only what was not there before. */
export class TurnPrinter {
  readonly #options: PrinterOptions;
  /** By key of an item: how many characters of its text are printed. Of what has no text: whether it is printed. */
  readonly #printed = new Map<string, number>();
  /** The text that the line of the cursor belongs to. */
  #openKey: string | undefined;
  #fleeting = '';
  #last: TranscriptTurn | undefined;

  constructor(options: PrinterOptions) {
    this.#options = options;
  }

  show(turn: TranscriptTurn): void {
    this.#forgetDiscarded(turn);
    for (const item of turn.items) this.#showItem(item);
    const running = turn.items.findLast((item) => item.type === 'tool_call' && item.status === 'running');
    this.#showFleeting(running?.type === 'tool_call' ? running : undefined);
  }

  /** Leaves the cursor at the beginning of a line. */
  endLine(): void {
    this.#clearFleeting();
    if (this.#openKey !== undefined) this.#options.write('\n');
    this.#openKey = undefined;
  }

  /** The model is asked again for a step: what it said of it comes again. */
  #forgetDiscarded(turn: TranscriptTurn): void {
    const before = this.#last?.id === turn.id ? this.#last.items : [];
    this.#last = turn;
    const gone = before.filter(
      ({ key }) => this.#printed.has(key) && !turn.items.some((one) => one.key === key),
    );
    for (const { key } of gone) this.#printed.delete(key);
    if (gone.some(({ type }) => type !== 'message')) {
      this.#line(this.#options.paint('dim', '(the response broke off; the model is asked again)'));
    }
  }

  #showItem(item: TranscriptItem): void {
    switch (item.type) {
      case 'message':
        if (item.message_id === this.#options.ownMessage) return;
        this.#once(item.key, () => this.#showMessage(item.text));
        break;
      case 'text':
        this.#showProse(item, (text) => text);
        break;
      case 'reasoning':
        if (this.#options.showsReasoning) this.#showProse(item, (text) => this.#options.paint('dim', text));
        break;
      case 'tool_call':
        if (item.status === 'preparing' || item.status === 'running') return;
        this.#once(item.key, () => this.#showToolCall(item));
        break;
    }
  }

  #showMessage(text: string): void {
    const { paint } = this.#options;
    for (const line of shownText(text.trimEnd()).split('\n')) this.#line(paint('bold', `> ${line}`));
  }

  #showProse({ key, text, is_streaming: isOpen }: ProseItem, style: (text: string) => string): void {
    const from = this.#printed.get(key) ?? 0;
    if (text.length > from) {
      if (this.#openKey !== key) this.endLine();
      this.#clearFleeting();
      this.#options.write(style(shownText(text.slice(from))));
      this.#openKey = key;
      this.#printed.set(key, text.length);
    }
    if (!isOpen && this.#openKey === key) this.endLine();
  }

  #showToolCall(call: ToolCallItem): void {
    const { paint, hasShown } = this.#options;
    this.#line(toolCallLine(call, paint));
    if (call.approval !== null && hasShown?.(call.approval.id) && call.approval.preview?.type === 'diff')
      return;
    for (const line of toolCallDetail(call, paint)) this.#line(MARGIN + line);
  }

  #showFleeting(call: ToolCallItem | undefined): void {
    const { columns, paint, write } = this.#options;
    if (columns === undefined || this.#openKey !== undefined) return;
    const text = call === undefined ? '' : `… ${shownLine(call.summary || call.tool)}`.slice(0, columns - 1);
    if (text === this.#fleeting) return;
    this.#clearFleeting();
    if (text !== '') write(paint('dim', text));
    this.#fleeting = text;
  }

  #clearFleeting(): void {
    if (this.#fleeting !== '') this.#options.write(CLEAR_LINE);
    this.#fleeting = '';
  }

  #once(key: string, print: () => void): void {
    if (this.#printed.has(key)) return;
    this.#printed.set(key, 1);
    print();
  }

  #line(text: string): void {
    this.endLine();
    this.#options.write(`${text}\n`);
  }
}
