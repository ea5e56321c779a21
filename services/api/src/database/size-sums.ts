import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import { type RawBuilder, sql } from 'kysely';

/** The disk in GB that a workspace of the size in `column` may fill: it holds as much of its server in every state. */
export function diskGbOf(column: string): RawBuilder<number> {
  const cases = Object.entries(WORKSPACE_SIZES).map(
    ([size, { disk_gb: diskGb }]) => sql`when ${sql.lit(size)} then ${sql.lit(diskGb)}`,
  );
  return sql<number>`case ${sql.ref(column)} ${sql.join(cases, sql` `)} end`;
}
