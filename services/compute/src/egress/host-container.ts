import type { ContainerSpec } from '../docker/containers.ts';

/** Part of every Docker engine. */
const RUNC = 'runc';

/**
 * A one-off container made into one that sees the server’s network. gVisor would show it a network of its own, so it runs under runc:
 * fixed programs of Podex alone, never one of a user, without new privileges and on a file system that cannot be written.
 */
export function hostContainer(spec: ContainerSpec): ContainerSpec {
  const { NetworkDisabled: _, ...rest } = spec;
  return {
    ...rest,
    HostConfig: {
      ...spec.HostConfig,
      Runtime: RUNC,
      NetworkMode: 'host',
      UsernsMode: 'host',
      ReadonlyRootfs: true,
      // SELinux keeps containers from the server’s files.
      SecurityOpt: ['no-new-privileges', 'label=disable'],
    },
  };
}
