import vm from 'node:vm';

/** A pattern can search a short text without end, and would hold up all that this process does. */
const TIMEOUT_MS = 1_000;

/** A script that gives what the body returns as JSON, which needs no trust in the other side’s objects. @param body sees the names. */
export function compileGuarded(names: readonly string[], body: string): vm.Script {
  const list = names.join(', ');
  return new vm.Script(`JSON.stringify(((${list}) => {${body}})(${list}))`);
}

/** Runs scripts where a timeout can end them. */
export class GuardedContext<Input extends object> {
  readonly #input: Input;
  /** Made when it is needed: it costs some milliseconds. */
  #context: vm.Context | undefined;

  constructor(input: Input) {
    this.#input = input;
  }

  /** Undefined when it was given up. */
  run(script: vm.Script, input: Partial<Input>): unknown {
    Object.assign(this.#input, input);
    try {
      this.#context ??= vm.createContext(this.#input);
      return JSON.parse(String(script.runInContext(this.#context, { timeout: TIMEOUT_MS })));
    } catch (error) {
      if (isTimeout(error)) return undefined;
      throw error;
    }
  }
}

/** It is made on the other side, and no Error of this one. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
