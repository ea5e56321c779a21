/** Socket of the engine that `./podex test` set up, with runsc and the workspace image. */
export function requireTestEngine(): string {
  const socket = process.env.PODEX_TEST_DOCKER_SOCKET;
  if (!socket) throw new Error('PODEX_TEST_DOCKER_SOCKET is not set; run these tests with ./podex test');
  return socket;
}
