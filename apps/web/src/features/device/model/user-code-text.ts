import { USER_CODE_LENGTH, USER_CODE_LETTERS, userCode } from '@podex/contracts/devices';

const HALF = USER_CODE_LENGTH / 2;

/** What was typed so far as the program shows it: `BCDF-GHJK`. Letters that are in no code are left out. */
export function formatTypedCode(typed: string): string {
  const letters = [...typed.toUpperCase()]
    .filter((letter) => USER_CODE_LETTERS.includes(letter))
    .slice(0, USER_CODE_LENGTH)
    .join('');
  return letters.length <= HALF ? letters : `${letters.slice(0, HALF)}-${letters.slice(HALF)}`;
}

/** The code in an address bar, or undefined. */
export function readUserCode(given: string | null): string | undefined {
  const parsed = userCode.safeParse(given);
  return parsed.success ? formatTypedCode(parsed.data) : undefined;
}
