import { userId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import { type ManagedUserDetail, managedUser, managedUserDetail } from '@podex/contracts/users';
import { CliError } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';

const PATH = '/api/admin/users';
const PAGE = 200;

/** For admins: a user by email address or id. @throws CliError when nobody has this address or id. */
export async function findUser(ask: AskApi, name: string): Promise<ManagedUserDetail> {
  const get = (id: string) => ask({ method: 'GET', path: `${PATH}/${id}`, schema: managedUserDetail });
  if (userId.safeParse(name).success) return get(name);
  const { items } = await ask({
    method: 'GET',
    path: withQuery(PATH, { limit: PAGE, q: name }),
    schema: pageOf(managedUser),
  });
  const found = items.find(({ email }) => email === name.toLowerCase());
  if (found !== undefined) return get(found.id);
  throw new CliError(`there is no user ${name}`, { cure: 'podex users list' });
}
