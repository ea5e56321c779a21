import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  LanguageDescription,
} from '@codemirror/language';
import { languages } from '@codemirror/language-data';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, Text, type TransactionSpec } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view';
import { codeTheme } from '#lib/code-theme.ts';
import { type FileText, findChange } from './file-text.ts';
import type { TextBuffer, TextPlace } from './open-files.ts';

/** One open file in CodeMirror: its state lives here, shown or not. */
export class CodeBuffer implements TextBuffer {
  readonly #onDirtyChange: (isDirty: boolean) => void;
  readonly #language = new Compartment();
  readonly #lineEnds = new Compartment();
  readonly #access = new Compartment();
  #lineSeparator: FileText['lineSeparator'];
  #state: EditorState;
  #saved: Text;
  #isDirty = false;
  #view: EditorView | undefined;
  #isDisposed = false;
  /** The cursor is to be scrolled to once the text is shown. */
  #isToReveal = false;

  constructor(path: string, file: FileText, onDirtyChange: (isDirty: boolean) => void) {
    this.#lineSeparator = file.lineSeparator;
    this.#onDirtyChange = onDirtyChange;
    this.#state = EditorState.create({
      doc: file.text,
      extensions: [
        this.#lineEnds.of(EditorState.lineSeparator.of(file.lineSeparator)),
        this.#language.of([]),
        this.#access.of([]),
        EditorView.contentAttributes.of({ 'aria-label': `Editor: ${path}` }),
        BASE_EXTENSIONS,
      ],
    });
    this.#saved = this.#state.doc;
  }

  /** Read, selected and copied, but not typed in. */
  setReadOnly(isReadOnly: boolean): void {
    if (isReadOnly === this.#state.readOnly) return;
    this.#dispatch({ effects: this.#access.reconfigure(isReadOnly ? READ_ONLY : []) });
  }

  /** Shown by this view from now on, until `hide`. */
  show(view: EditorView): void {
    this.#view = view;
    view.setState(this.#state);
    if (this.#isToReveal) this.#scrollToCursor(view);
  }

  reveal({ line, column }: TextPlace): void {
    const { doc } = this.#state;
    const { from, to } = doc.line(Math.max(1, Math.min(line, doc.lines)));
    this.#dispatch({ selection: { anchor: Math.max(from, Math.min(from + column - 1, to)) } });
    if (this.#view === undefined) this.#isToReveal = true;
    else this.#scrollToCursor(this.#view);
  }

  hide(): void {
    if (this.#view !== undefined) this.#state = this.#view.state;
    this.#view = undefined;
  }

  /** The view that shows it has a new state. */
  updated(state: EditorState): void {
    this.#state = state;
    const isDirty = !state.doc.eq(this.#saved);
    if (isDirty === this.#isDirty) return;
    this.#isDirty = isDirty;
    this.#onDirtyChange(isDirty);
  }

  snapshot(): { text: string; mark: unknown } {
    const { doc } = this.#state;
    return { text: doc.sliceString(0, doc.length, this.#lineSeparator), mark: doc };
  }

  markSaved(mark: unknown): void {
    if (mark instanceof Text) this.#saved = mark;
    this.updated(this.#state);
  }

  replace(file: FileText): void {
    if (file.lineSeparator !== this.#lineSeparator) {
      this.#lineSeparator = file.lineSeparator;
      this.#dispatch({
        effects: this.#lineEnds.reconfigure(EditorState.lineSeparator.of(file.lineSeparator)),
      });
    }
    this.#saved = this.#state.toText(file.text);
    // Positions count a line break as one character, whatever stands on disk.
    const change = findChange(this.#state.doc.toString(), this.#saved.toString());
    if (change !== undefined) {
      const insert = Text.of(change.insert.split('\n'));
      this.#dispatch({ changes: { from: change.from, to: change.to, insert } });
    }
    this.updated(this.#state);
  }

  #scrollToCursor(view: EditorView): void {
    this.#isToReveal = false;
    view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main, { y: 'center' }) });
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#view = undefined;
  }

  /** The language of a file is loaded by its name, after the text is shown. */
  async loadLanguage(path: string): Promise<void> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const description = LanguageDescription.matchFilename(languages, name);
    if (description === null) return;
    const language = await description.load();
    if (!this.#isDisposed) this.#dispatch({ effects: this.#language.reconfigure(language) });
  }

  #dispatch(transaction: TransactionSpec): void {
    if (this.#view === undefined) this.#state = this.#state.update(transaction).state;
    else this.#view.dispatch(transaction);
  }
}

const READ_ONLY = [
  EditorState.readOnly.of(true),
  EditorView.contentAttributes.of({ 'aria-readonly': 'true' }),
];

const BASE_EXTENSIONS = [
  lineNumbers(),
  highlightActiveLineGutter(),
  highlightSpecialChars(),
  history(),
  foldGutter(),
  drawSelection(),
  EditorState.allowMultipleSelections.of(true),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  rectangularSelection(),
  highlightActiveLine(),
  highlightSelectionMatches(),
  codeTheme,
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    indentWithTab,
  ]),
];
