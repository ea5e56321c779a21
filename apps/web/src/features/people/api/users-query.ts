import { pageOf } from '@podex/contracts/pagination';
import {
  type DeleteUserQuery,
  managedUser,
  managedUserDetail,
  passwordResetLink,
  type UpdateUserInput,
  type UserStatus,
} from '@podex/contracts/users';
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, responseOf } from '#lib/api-client.ts';

const PAGE_USERS = 50;
const QUERY_KEY = ['users'];
const userPage = pageOf(managedUser);

export interface UserFilter {
  q: string;
  /** Undefined: everyone but the deleted. */
  status: UserStatus | undefined;
}

export function usersQuery({ q, status }: UserFilter) {
  return infiniteQueryOptions({
    queryKey: [...QUERY_KEY, 'list', q, status ?? 'present'],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = definedOnly({
        limit: PAGE_USERS,
        status,
        q: q === '' ? undefined : q,
        after: pageParam === '' ? undefined : pageParam,
      });
      return responseOf(userPage, api().GET('/api/admin/users', { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next,
    placeholderData: (earlier) => earlier,
  });
}

/** With what a suspension stops and a deletion ends. */
export function userQuery(id: string) {
  return queryOptions({
    queryKey: [...QUERY_KEY, id],
    queryFn: ({ signal }) => {
      const params = { path: { user_id: id } };
      return responseOf(managedUserDetail, api().GET('/api/admin/users/{user_id}', { params, signal }));
    },
  });
}

function useUserMutation<Input, Result>(mutationFn: (input: Input) => Promise<Result>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}

export function useUpdateUser(id: string) {
  return useUserMutation((body: UpdateUserInput) => {
    const params = { path: { user_id: id } };
    return responseOf(
      managedUserDetail,
      api().PATCH('/api/admin/users/{user_id}', { params, body: definedOnly(body) }),
    );
  });
}

export function useSignOutUser(id: string) {
  return useUserMutation(async (tokens: boolean) => {
    const params = { path: { user_id: id } };
    await api().POST('/api/admin/users/{user_id}/sign_out', { params, body: { tokens } });
  });
}

export function useResetPassword(id: string) {
  return useUserMutation(() => {
    const params = { path: { user_id: id } };
    return responseOf(passwordResetLink, api().POST('/api/admin/users/{user_id}/password_reset', { params }));
  });
}

export function useDeleteUser(id: string) {
  return useUserMutation(async (given: DeleteUserQuery) => {
    const params = { path: { user_id: id }, query: definedOnly(given) };
    await api().DELETE('/api/admin/users/{user_id}', { params });
  });
}
