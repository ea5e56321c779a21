import path from 'node:path';
import { execa } from 'execa';
import { type RealSetup, setUpReal } from '../../../services/agent/testing/real-setup.ts';
import type { LlmDouble } from '../../../tests/doubles/llm/llm-double.ts';
import { temporaryFolder } from '../../../tests/temporary-folder.ts';
import { PodexTerminal } from './podex-terminal.ts';

const MAIN = path.join(import.meta.dirname, '../src/main.ts');

type Script = Parameters<LlmDouble['setScript']>[0];
type Rule = Script['rules'][number];
type Part = Extract<Rule['reply'], { parts: unknown }>['parts'][number];

export const says = (content: string): Part => ({ type: 'text', text: content });
export const calls = (name: string, args: Record<string, unknown>): Part => ({
  type: 'tool_call',
  name,
  arguments: args,
});

/** A model that says these one after the other: each when it has as many results of tools as there were calls before. */
export function script(
  user: string,
  ...answers: (Part[] | { parts: Part[]; chunk_delay_ms: number })[]
): Rule[] {
  let results = 0;
  return answers.map((answer) => {
    const reply = Array.isArray(answer) ? { parts: answer } : answer;
    const when = { user, tool_results: results };
    results += reply.parts.filter(({ type }) => type === 'tool_call').length;
    return { when, reply };
  });
}

export interface AgentScene {
  real: RealSetup;
  /** Of a workspace that is the only one of its person. */
  workspaceId: string;
  environment(apiUrl?: string): Record<string, string | undefined>;
  /** Never rejects. */
  podex(...words: string[]): ReturnType<typeof runPodex>;
  podexAt(apiUrl: string, ...words: string[]): ReturnType<typeof runPodex>;
  onTerminal(...words: string[]): PodexTerminal;
}

function runPodex(words: readonly string[], env: Record<string, string | undefined>, cwd: string) {
  return execa(process.execPath, [MAIN, ...words], {
    reject: false,
    extendEnv: false,
    env,
    input: '',
    cwd,
  });
}

/** `podex` beside the real api, agent and daemon, with a model that says what the test wants. For the tests of a file. */
export function setUpAgentScene(): () => Promise<AgentScene> {
  const getReal = setUpReal();
  let scene: Promise<AgentScene> | undefined;
  return () => {
    scene ??= createScene(getReal());
    return scene;
  };
}

async function createScene(real: RealSetup): Promise<AgentScene> {
  await real.startAgent();
  const home = temporaryFolder('agent');
  const { id } = await real.ask('POST', '/api/workspaces', { name: 'shop' });
  const environment = (apiUrl = real.api.baseUrl) => ({
    PATH: process.env.PATH,
    HOME: home,
    PODEX_HOME: home,
    XDG_CONFIG_HOME: home,
    PODEX_URL: apiUrl,
    PODEX_TOKEN: real.person.token,
  });
  return {
    real,
    workspaceId: id,
    environment,
    podex: (...words) => runPodex(words, environment(), home),
    podexAt: (apiUrl, ...words) => runPodex(words, environment(apiUrl), home),
    onTerminal: (...words) => new PodexTerminal(words, environment()),
  };
}
