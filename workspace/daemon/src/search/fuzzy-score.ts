/**
 * How well letters in this order fit a path. The alignment and its weights are those of fzf’s FuzzyMatchV2
 * (https://github.com/junegunn/fzf/blob/master/src/algo/algo.go, MIT): the best of all alignments, with points for letters
 * in a row and for beginnings of words. What fits the file’s own name comes before what fits its folders.
 */
const MATCH = 16;
const GAP_START = -3;
const GAP_MORE = -1;
const AFTER_SLASH = 9;
const AFTER_SEPARATOR = 8;
const CAMEL = 7;
const IN_A_ROW = 4;
const FIRST_LETTER_TIMES = 2;
const SAME_CASE = 1;
const IN_NAME = 40;
const WHOLE_NAME = 100;
const UNREACHABLE = -1_000_000;
const PATH_CHARACTERS_MAX = 4_096;

const SLASH = 0x2f;
/** Space, `-`, `.` and `_`. */
const SEPARATORS = new Set([0x20, 0x2d, 0x2e, 0x5f]);

// One thread, no await in between: the rows are shared by all calls.
const bonus = new Int32Array(PATH_CHARACTERS_MAX);
let above = new Int32Array(PATH_CHARACTERS_MAX + 1);
let row = new Int32Array(PATH_CHARACTERS_MAX + 1);
let runsAbove = new Int32Array(PATH_CHARACTERS_MAX + 1);
let runs = new Int32Array(PATH_CHARACTERS_MAX + 1);

export class FuzzyPattern {
  readonly #words: readonly string[];
  readonly #isCaseSensitive: boolean;

  constructor(text: string, { isCaseSensitive }: { isCaseSensitive: boolean }) {
    this.#isCaseSensitive = isCaseSensitive;
    this.#words = text.split(/\s+/).filter((word) => word !== '');
  }

  /** Undefined when it does not fit. Higher is better. */
  score(path: string): number | undefined {
    if (path.length > PATH_CHARACTERS_MAX || this.#words.length === 0) return undefined;
    const folded = this.#fold(path);
    const isAligned = folded.length === path.length;
    let sum = 0;
    for (const word of this.#words) {
      const score = scoreOf(word, this.#fold(word), isAligned ? path : folded, folded);
      if (score === undefined) return undefined;
      sum += score;
    }
    return sum;
  }

  #fold(text: string): string {
    return this.#isCaseSensitive ? text : text.toLowerCase();
  }
}

function scoreOf(word: string, foldedWord: string, path: string, folded: string): number | undefined {
  const nameStart = folded.lastIndexOf('/') + 1;
  if (hasInOrder(folded, foldedWord, nameStart)) {
    const score = align(word, foldedWord, path, folded, nameStart);
    const name = folded.slice(nameStart);
    return score + IN_NAME + (name === foldedWord ? WHOLE_NAME : 0);
  }
  return hasInOrder(folded, foldedWord, 0) ? align(word, foldedWord, path, folded, 0) : undefined;
}

function hasInOrder(text: string, word: string, from: number): boolean {
  let at = from;
  for (let index = 0; index < word.length; index += 1) {
    at = text.indexOf(word.charAt(index), at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** The best score of all ways to find the letters of `word` in order, from `start` on. */
function align(word: string, foldedWord: string, path: string, folded: string, start: number): number {
  const length = folded.length - start;
  for (let at = 0; at < length; at += 1) bonus[at] = bonusAt(path, start + at);
  for (let letter = 0; letter < foldedWord.length; letter += 1) {
    const wanted = {
      code: foldedWord.charCodeAt(letter),
      given: word.charCodeAt(letter),
      isFirst: letter === 0,
    };
    fillRow(wanted, path, folded, start);
    [above, row] = [row, above];
    [runsAbove, runs] = [runs, runsAbove];
  }
  let best = UNREACHABLE;
  for (let at = 1; at <= length; at += 1) best = Math.max(best, above[at] ?? UNREACHABLE);
  return best;
}

interface WantedLetter {
  code: number;
  /** As it was typed. */
  given: number;
  isFirst: boolean;
}

/** For each place: the best score of the letters so far that end there or before, and how many of them stand in a row there. */
function fillRow({ code, given, isFirst }: WantedLetter, path: string, folded: string, start: number): void {
  let isInGap = false;
  row[0] = UNREACHABLE;
  for (let at = 0; at < folded.length - start; at += 1) {
    const gap: number = (row[at] ?? 0) + (isInGap ? GAP_MORE : GAP_START);
    const isHere = folded.charCodeAt(start + at) === code;
    const own = path.charCodeAt(start + at) === given ? MATCH + SAME_CASE : MATCH;
    const score = isHere ? own + scoreBefore(at, isFirst) : UNREACHABLE;
    isInGap = score < gap;
    row[at + 1] = isInGap ? gap : score;
    runs[at + 1] = isInGap ? 0 : runAt(at, isFirst);
  }
}

/** Of the letters before, with what its place gives to the letter there. */
function scoreBefore(at: number, isFirst: boolean): number {
  return isFirst ? (bonus[at] ?? 0) * FIRST_LETTER_TIMES : (above[at] ?? UNREACHABLE) + pointsInRun(at);
}

/** Letters in a row that end there; a better beginning of a word begins another row. */
function runAt(at: number, isFirst: boolean): number {
  const run = (runsAbove[at] ?? 0) + 1;
  return isFirst || run === 1 || beginsBetter(at, run) ? 1 : run;
}

function pointsInRun(at: number): number {
  const run = (runsAbove[at] ?? 0) + 1;
  const points = bonus[at] ?? 0;
  if (run === 1 || beginsBetter(at, run)) return points;
  return Math.max(points, IN_A_ROW, bonus[at - run + 1] ?? 0);
}

function beginsBetter(at: number, run: number): boolean {
  const points = bonus[at] ?? 0;
  return points >= AFTER_SEPARATOR && points > (bonus[at - run + 1] ?? 0);
}

function bonusAt(path: string, at: number): number {
  if (at === 0) return AFTER_SLASH;
  const before = path.charCodeAt(at - 1);
  if (before === SLASH) return AFTER_SLASH;
  if (SEPARATORS.has(before)) return AFTER_SEPARATOR;
  const isCapital = isUpper(path.charCodeAt(at)) && !isUpper(before);
  const isFirstDigit = isDigit(path.charCodeAt(at)) && !isDigit(before);
  return isCapital || isFirstDigit ? CAMEL : 0;
}

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
