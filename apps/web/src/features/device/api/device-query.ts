import { type DeviceDecision, deviceRequest } from '@podex/contracts/devices';
import { queryOptions, useMutation } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

/** The program that shows this code and waits for a decision. */
export function deviceRequestQuery(userCode: string) {
  return queryOptions({
    queryKey: ['device-request', userCode],
    queryFn: ({ signal }) =>
      responseOf(
        deviceRequest,
        api().GET('/api/device/requests/{user_code}', { params: { path: { user_code: userCode } }, signal }),
      ),
    // Each request counts as a try at guessing a code.
    staleTime: Infinity,
    retry: false,
  });
}

export function useDecideDevice(userCode: string) {
  return useMutation({
    mutationFn: async (decision: DeviceDecision) => {
      const params = { path: { user_code: userCode } };
      await api().POST('/api/device/requests/{user_code}', { params, body: { decision } });
    },
  });
}
