import { nameAndTagOf } from '@podex/contracts/images';
import { z } from 'zod';
import { type EngineEndpoint, requestEngine, requestEngineDone, requestEngineJson } from './engine-api.ts';
import { readEngineMessages } from './engine-messages.ts';
import { SCRUB_COMMAND } from './host-apt-settings.ts';

const ENGINE_TIMEOUT_MS = 300_000;

const builtImage = z.object({
  Config: z.object({
    Env: z.array(z.string()).nullish(),
    Cmd: z.array(z.string()).nullish(),
    WorkingDir: z.string().nullish(),
    User: z.string().nullish(),
  }),
});

/**
 * Packs a built image into one layer under a new name, with the same configuration and one more label.
 * One layer holds what is there at the end and nothing that was deleted on the way: the settings of the
 * machine that built it are in no layer and in no history.
 */
export async function packImage(
  endpoint: EngineEndpoint,
  options: {
    from: string;
    to: string;
    label: { name: string; value: string };
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const call = { signal: options.signal, timeoutMs: ENGINE_TIMEOUT_MS };
  const { Config } = await requestEngineJson(
    endpoint,
    { method: 'GET', path: `/images/${encodeURIComponent(options.from)}/json`, ...call },
    builtImage,
  );
  const container = await requestEngineJson(
    endpoint,
    {
      method: 'POST',
      path: '/containers/create',
      body: {
        Image: options.from,
        User: '0',
        Entrypoint: [],
        Cmd: ['/bin/sh', '-c', SCRUB_COMMAND],
        HostConfig: { NetworkMode: 'none' },
      },
      ...call,
    },
    z.object({ Id: z.string() }),
  );
  try {
    await runScrub(endpoint, container.Id, call);
    const exported = await requestEngine(endpoint, {
      method: 'GET',
      path: `/containers/${container.Id}/export`,
      ...call,
    });
    const { name, tag } = nameAndTagOf(options.to);
    const query = new URLSearchParams({ fromSrc: '-', repo: name, tag });
    for (const change of imageChanges(Config, options.label)) query.append('changes', change);
    const imported = await requestEngine(endpoint, {
      method: 'POST',
      path: `/images/create?${query}`,
      body: exported,
      ...call,
    });
    await readEngineMessages(imported, () => undefined);
  } finally {
    await requestEngineDone(endpoint, {
      method: 'DELETE',
      path: `/containers/${container.Id}?force=true`,
      timeoutMs: ENGINE_TIMEOUT_MS,
    });
  }
}

async function runScrub(
  endpoint: EngineEndpoint,
  containerId: string,
  call: { signal: AbortSignal | undefined; timeoutMs: number },
): Promise<void> {
  await requestEngineDone(endpoint, { method: 'POST', path: `/containers/${containerId}/start`, ...call });
  const { StatusCode } = await requestEngineJson(
    endpoint,
    { method: 'POST', path: `/containers/${containerId}/wait`, ...call },
    z.object({ StatusCode: z.number() }),
  );
  if (StatusCode !== 0) throw new Error(`Cleaning the image failed with exit code ${StatusCode}.`);
}

/** The configuration as instructions, which is how the engine takes it with an import. */
function imageChanges(
  config: z.infer<typeof builtImage>['Config'],
  label: { name: string; value: string },
): string[] {
  return [
    ...(config.Env ?? []).map((variable) => `ENV ${variable}`),
    ...(config.Cmd ? [`CMD ${JSON.stringify(config.Cmd)}`] : []),
    ...(config.WorkingDir ? [`WORKDIR ${config.WorkingDir}`] : []),
    ...(config.User ? [`USER ${config.User}`] : []),
    `LABEL ${label.name}=${label.value}`,
  ];
}
