/** Where tests find a running PostgreSQL: a URL of a role that may create databases. Left out: they start one of their own. */
export function testDatabaseUrl(environment: Readonly<Record<string, string | undefined>> = process.env) {
  return environment.PODEX_TEST_DATABASE_URL || undefined;
}

const DEFAULT_SEED = 1;

/** Of the fuzz test: `PODEX_FUZZ_SEED` chooses other requests, `PODEX_FUZZ_RUNS` multiplies how many there are. */
export function fuzzSettings(environment: Readonly<Record<string, string | undefined>> = process.env) {
  const whole = (text: string | undefined, preset: number) => {
    const value = Number(text);
    return text !== undefined && Number.isInteger(value) && value > 0 ? value : preset;
  };
  return {
    seed: whole(environment.PODEX_FUZZ_SEED, DEFAULT_SEED),
    runs: whole(environment.PODEX_FUZZ_RUNS, 1),
  };
}
