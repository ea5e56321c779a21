const DEFAULT = 'default';
const HOUR = 3_600;
/** In seconds; 0 is never. */
const OFFERED = [1_800, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR, 0];

export interface IdleChoice {
  value: string;
  label: string;
}

/** What can be chosen, with what is set now. */
export function idleChoices(now: number | null): IdleChoice[] {
  const seconds = now === null || OFFERED.includes(now) ? OFFERED : [now, ...OFFERED];
  return [
    { value: DEFAULT, label: 'Platform default' },
    ...seconds.map((value) => ({ value: String(value), label: labelOf(value) })),
  ];
}

export function choiceOf(seconds: number | null): string {
  return seconds === null ? DEFAULT : String(seconds);
}

export function secondsOf(choice: string): number | null {
  return choice === DEFAULT ? null : Number(choice);
}

function labelOf(seconds: number): string {
  if (seconds === 0) return 'Never';
  if (seconds % HOUR === 0) return seconds === HOUR ? 'After 1 hour' : `After ${seconds / HOUR} hours`;
  return seconds % 60 === 0 ? `After ${seconds / 60} minutes` : `After ${seconds} seconds`;
}
