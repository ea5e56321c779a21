import { constants, openSync } from 'node:fs';

type Stdio = 'ignore' | 'inherit' | 'ipc' | 'pipe' | number;

/**
 * The descriptors that children of this process would inherit: pseudoterminals, which node-pty opens without close-on-exec and which
 * Node cannot mark so. A program that holds another’s terminal open keeps it from ever being hung up.
 */
export class InheritedDescriptors {
  readonly #open = new Set<number>();
  #nothing: number | undefined;

  add(descriptor: number): void {
    this.#open.add(descriptor);
  }

  delete(descriptor: number): void {
    this.#open.delete(descriptor);
  }

  /** `stdio` for a child of Node, in which each of them stands for /dev/null. */
  cover(stdio: readonly Stdio[]): Stdio[] {
    const covered = [...stdio];
    for (let descriptor = stdio.length; descriptor <= Math.max(...this.#open); descriptor += 1) {
      covered.push(this.#open.has(descriptor) ? this.#devNull() : 'ignore');
    }
    return covered;
  }

  #devNull(): number {
    this.#nothing ??= openSync('/dev/null', constants.O_RDONLY | constants.O_NONBLOCK);
    return this.#nothing;
  }
}
