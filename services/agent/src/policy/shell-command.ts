import { type Command, forEachChild, parse, type Redirect, type SyntaxNode } from 'unbash';
import { type CommandWord, literalPath, literalWord } from './literal-word.ts';
import { type Unclear, unclearUse } from './unclear-use.ts';
import { commandsInside } from './wrappers.ts';

/** Above these a command line is not looked into. */
const MAX_CHARACTERS = 10_000;
const MAX_NODES = 5000;
const MAX_DEPTH = 60;
const MAX_NESTED_LINES = 8;

/** What a command line runs and writes, as far as it is known before it runs. */
export interface ParsedCommand {
  /** Every simple command in it, and those that others of them run, as words. */
  commands: readonly (readonly CommandWord[])[];
  /** Files that redirections write. */
  writes: readonly CommandWord[];
  unclear: Unclear | undefined;
}

/** Reads a bash command line without running any of it. Bounded in length, depth and steps. */
export function parseCommand(line: string): ParsedCommand {
  const reading = new Reading();
  reading.readLine(line, 0);
  reading.forgetRelativePaths();
  return { commands: reading.commands, writes: reading.writes, unclear: reading.unclear };
}

const UNKNOWN_FILE = 'it writes a file that isn’t known before it runs';

class Reading {
  readonly commands: CommandWord[][] = [];
  readonly writes: CommandWord[] = [];
  unclear: Unclear | undefined;
  #nodes = 0;

  readLine(line: string, nested: number): void {
    // Parsers and bash may disagree on where a word ends at such a character.
    if (/[^\P{C}\n\t]|[^\P{Z} ]/u.test(line)) {
      this.#note('it has characters that aren’t shown', true);
      return;
    }
    if (line.length > MAX_CHARACTERS || nested > MAX_NESTED_LINES) {
      this.#note('it is too long or too deeply nested to be read', true);
      return;
    }
    this.#visit(parse(line), nested, 0);
  }

  /** A command line that changes its folder writes relative paths who knows where. */
  forgetRelativePaths(): void {
    if (!this.commands.some(([name]) => name === 'cd' || name === 'pushd' || name === 'popd')) return;
    for (const [index, path] of this.writes.entries()) {
      if (path === null || /^[~/]/.test(path)) continue;
      this.writes[index] = null;
      this.#note(UNKNOWN_FILE, false);
    }
  }

  #note(reason: string, isHidden: boolean): void {
    if (this.unclear === undefined || (isHidden && !this.unclear.isHidden)) {
      this.unclear = { reason, isHidden };
    }
  }

  #visit(node: SyntaxNode, nested: number, depth: number): void {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      this.#note('it is too long or too deeply nested to be read', true);
      return;
    }
    this.#look(node, nested);
    forEachChild(node, (child) => this.#visit(child, nested, depth + 1));
  }

  #look(node: SyntaxNode, nested: number): void {
    switch (node.type) {
      case 'Script':
        if (isBroken(node)) this.#note('it can’t be read as bash', true);
        return;
      case 'Command':
        this.#readCommand(node, nested);
        return;
      case 'Redirect':
        this.#readRedirect(node);
        return;
      case 'CommandExpansion':
      case 'ProcessSubstitution':
        if (node.script === undefined) this.#note('it can’t be read as bash', true);
        return;
      case 'Assignment':
        if (!isHarmless(node.name)) this.#note(`it sets ${node.name}`, false);
        return;
      case 'Function':
        this.#note('it defines a function', false);
        return;
      case 'Transform':
      case 'ExtendedGlob':
        this.#note('it uses a pattern or expansion that can’t be read', true);
        return;
      case 'ArithmeticExpansion':
      case 'ArithmeticCommand':
      case 'ArithmeticFor':
      case 'TestBinary':
      case 'TestUnary':
        // Bash runs substitutions in the names of what it computes with.
        this.#note('it computes with values that aren’t known', false);
        return;
      default:
        return;
    }
  }

  #readCommand({ name, args }: Command, nested: number): void {
    if (name === undefined) return;
    const words = [name, ...args].map((word) =>
      word.type === 'Word' ? literalWord(word) : assignmentWord(word.text),
    );
    this.#readWords(words, nested);
  }

  #readWords(words: CommandWord[], nested: number): void {
    if (nested > MAX_NESTED_LINES) {
      this.#note('it is too deeply nested to be read', true);
      return;
    }
    const { isCounted, inner, lines, unclear } = commandsInside(words);
    if (isCounted) this.commands.push(words);
    if (unclear !== undefined) this.#note(unclear, true);
    if (words.includes(null)) this.#note('it has words that aren’t known before it runs', words[0] === null);
    const use = unclearUse(words);
    if (use !== undefined) this.#note(use.reason, use.isHidden);
    for (const command of inner) this.#readWords(command, nested + 1);
    for (const line of lines) this.readLine(line, nested + 1);
  }

  #readRedirect({ operator, target }: Redirect): void {
    if (target === undefined) {
      this.#note('it can’t be read as bash', true);
      return;
    }
    if (operator === '<' || operator === '<&') return;
    const path = literalPath(target);
    if (operator === '>&' && path !== null && /^(\d+-?|-)$/.test(path)) return;
    if (path === '/dev/null') return;
    if (path === null) this.#note(UNKNOWN_FILE, false);
    this.writes.push(path);
  }
}

function isBroken(script: { errors?: readonly unknown[] | undefined }): boolean {
  return script.errors !== undefined && script.errors.length > 0;
}

/** `name=value` behind the name of a command: a word as any other, unless its value isn’t known. */
function assignmentWord(text: string): CommandWord {
  return /^[\w./=:@%+,-]*$/.test(text) ? text : null;
}

/** Variables that say how output looks or what is built, not what runs. */
function isHarmless(name: string): boolean {
  return /^(CI|NODE_ENV|RAILS_ENV|RACK_ENV|FORCE_COLOR|NO_COLOR|TZ|LANG|LC_[A-Z]+|TERM|COLUMNS|PORT)$/.test(
    name,
  );
}
