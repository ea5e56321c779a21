import { EditorView } from '@codemirror/view';
import type { CodeBuffer } from './code-buffer.ts';

/** One CodeMirror view in an element, showing one buffer at a time. */
export class CodeEditor {
  #view: EditorView | undefined;
  #buffer: CodeBuffer | undefined;

  /** Draws into the element. Once only. */
  attach(element: HTMLElement): void {
    this.#view = new EditorView({
      parent: element,
      dispatchTransactions: (transactions, view) => {
        view.update(transactions);
        this.#buffer?.updated(view.state);
      },
    });
  }

  show(buffer: CodeBuffer): void {
    if (this.#view === undefined || buffer === this.#buffer) return;
    this.#buffer?.hide();
    this.#buffer = buffer;
    buffer.show(this.#view);
  }

  focus(): void {
    this.#view?.focus();
  }

  dispose(): void {
    this.#buffer?.hide();
    this.#buffer = undefined;
    this.#view?.destroy();
    this.#view = undefined;
  }
}
