/** Where tests find a running PostgreSQL: a URL of a role that may create databases. Left out: they start one of their own. */
export function testDatabaseUrl(environment: Readonly<Record<string, string | undefined>> = process.env) {
  return environment.PODEX_TEST_DATABASE_URL || undefined;
}
