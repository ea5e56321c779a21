import { type ModelProvider, modelProvider } from '@podex/contracts/models';
import { type KeyList, keyListVariable } from '@podex/service-kit/key-list';
import { ConfigError, readVariables, type ValuesOf, variable } from '@podex/service-kit/variables';
import { z } from 'zod';

const secret = z.string().min(32, 'must have at least 32 characters');
const key = z.string().min(1);
const origin = z
  .url({ protocol: /^https?$/, error: 'must be a URL like http://api:3001' })
  .transform((value) => new URL(value).origin);
const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL like https://models.example.com/v1' })
  .transform((value) => value.replace(/\/+$/, ''));
const count = (min: number, max: number, preset: number) =>
  z.coerce.number().int().min(min).max(max).default(preset);

/** Every variable of agent. `.env.example` and `podex doctor` are made from this table. */
export const AGENT_VARIABLES = {
  ENVIRONMENT: variable(
    z.enum(['production', 'development', 'test']).default('production'),
    'production, development or test; stands in the log at start',
    { example: 'production' },
  ),
  PORT: variable(
    z.coerce.number().int().min(0).max(65_535).default(3002),
    'port to listen on; 3002 when left out',
    {
      example: '3002',
    },
  ),
  HOST: variable(z.string().min(1).optional(), 'interface to listen on; all of them when left out', {
    example: '127.0.0.1',
  }),
  LOG_LEVEL: variable(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
    'fatal, error, warn, info, debug or trace; info when left out',
    { example: 'info' },
  ),
  AGENT_API_BASE_URL: variable(origin, 'where api listens', { example: 'http://api:3001' }),
  AGENT_COMPUTE_SERVICE_URL: variable(
    origin.optional(),
    'where compute listens; COMPUTE_SERVICE_URL when left out',
    { example: 'http://compute:3003' },
  ),
  COMPUTE_SERVICE_URL: variable(
    origin.optional(),
    'as on api; read when AGENT_COMPUTE_SERVICE_URL is left out',
  ),
  AGENT_INTERNAL_SERVICE_TOKEN: variable(
    keyListVariable.optional(),
    'what agent and api show to each other; the same on both; INTERNAL_SERVICE_TOKEN when left out; new,old while it is changed',
    { secret: true },
  ),
  INTERNAL_SERVICE_TOKEN: variable(
    keyListVariable.optional(),
    'as on api; read when AGENT_INTERNAL_SERVICE_TOKEN is left out',
    { secret: true },
  ),
  METRICS_TOKEN: variable(
    secret.optional(),
    'bearer token for /metrics and the detail of health; left out: there is no /metrics',
    { secret: true },
  ),
  LLM_PROVIDER: variable(
    modelProvider.optional(),
    'provider of the default model: openrouter, anthropic, openai, google or ollama; the first that is set up when left out',
    { example: 'openrouter' },
  ),
  DEFAULT_MODEL: variable(
    z.string().max(200).optional(),
    'model of conversations that choose none, like openrouter/qwen/qwen3-coder; the provider’s own when left out',
    { example: 'openrouter/qwen/qwen3-coder' },
  ),
  FALLBACK_MODEL: variable(
    z.string().min(1).max(200).optional(),
    'model that is asked while the one of a conversation is overloaded or does not respond; left out: none',
    { example: 'anthropic/claude-sonnet-5' },
  ),
  OPENROUTER_API_KEY: variable(key.optional(), 'key of OpenRouter; api is asked for its own when left out', {
    secret: true,
  }),
  OPENROUTER_BASE_URL: variable(baseUrl.optional(), 'another address of OpenRouter’s API'),
  ANTHROPIC_API_KEY: variable(key.optional(), 'key of Anthropic', { secret: true }),
  ANTHROPIC_BASE_URL: variable(baseUrl.optional(), 'another address of Anthropic’s API, with its /v1'),
  OPENAI_API_KEY: variable(key.optional(), 'key of OpenAI, or of the endpoint at OPENAI_BASE_URL', {
    secret: true,
  }),
  OPENAI_BASE_URL: variable(
    baseUrl.optional(),
    'any endpoint that speaks OpenAI’s chat completions, with its /v1; needs no key of ours',
    { example: 'http://localhost:8080/v1' },
  ),
  OPENAI_API: variable(
    z.enum(['chat', 'responses']).default('chat'),
    'what the endpoint at OPENAI_BASE_URL speaks: chat (chat completions) or responses; chat when left out; OpenAI itself is asked by responses',
  ),
  GOOGLE_API_KEY: variable(key.optional(), 'key of the Gemini API; GEMINI_API_KEY when left out', {
    secret: true,
  }),
  GEMINI_API_KEY: variable(key.optional(), 'another name of GOOGLE_API_KEY', { secret: true }),
  GOOGLE_BASE_URL: variable(baseUrl.optional(), 'another address of the Gemini API, with its /v1beta'),
  OLLAMA_URL: variable(baseUrl.optional(), 'where Ollama listens', { example: 'http://localhost:11434' }),
  AGENT_MAX_CONCURRENT_TURNS: variable(count(1, 1000, 16), 'turns that run at once; 16 when left out'),
  AGENT_MAX_STEPS: variable(count(1, 10_000, 150), 'model calls of one turn; 150 when left out'),
  AGENT_DEMO_MODEL: variable(
    z.stringbool().default(false),
    'true: OPENAI_BASE_URL is the scripted demo in place of a model, and the page says so',
  ),
};

/** A variable with one of these beginnings that is not in the table is a misspelt one. */
const OWN_PREFIXES = [
  'METRICS_',
  'AGENT_',
  'OPENROUTER_',
  'ANTHROPIC_',
  'OPENAI_',
  'GOOGLE_API_KEY',
  'GOOGLE_BASE_URL',
  'GEMINI_API_KEY',
  'OLLAMA_URL',
  'DEFAULT_MODEL',
  'FALLBACK_MODEL',
];

/** Names that other services read and that one environment for all of them holds. */
const FOREIGN_NAMES = ['AGENT_SERVICE_URL', 'AGENT_COMPUTE_INTERNAL_API_KEY'];

type Values = ValuesOf<typeof AGENT_VARIABLES>;

export interface VendorConfig {
  apiKey: string | undefined;
  baseUrl: string | undefined;
}

export interface ModelConfig {
  preferredProvider: ModelProvider | undefined;
  defaultModel: string | undefined;
  openrouter: VendorConfig;
  anthropic: VendorConfig;
  openai: VendorConfig & {
    /** What the endpoint at `baseUrl` speaks. */
    api: 'chat' | 'responses';
  };
  google: VendorConfig;
  ollamaUrl: string | undefined;
  isDemo: boolean;
}

export interface AgentConfig {
  environment: 'production' | 'development' | 'test';
  port: number;
  /** Interface to listen on; undefined: all of them. */
  host: string | undefined;
  logLevel: string;
  api: { baseUrl: string; tokens: KeyList };
  compute: { baseUrl: string };
  /** Undefined: nobody reads metrics. */
  metricsToken: string | undefined;
  models: ModelConfig;
  fallbackModel: string | undefined;
  maxConcurrentTurns: number;
  maxSteps: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const KEYS = [
  ['AGENT_INTERNAL_SERVICE_TOKEN', 'INTERNAL_SERVICE_TOKEN'],
  ['AGENT_COMPUTE_INTERNAL_API_KEY', 'COMPUTE_INTERNAL_API_KEY'],
  ['METRICS_TOKEN'],
] as const;

/** The agent’s own name, and the one that is shared with other services; one of them must be set. */
const ONE_OF = [
  ['AGENT_INTERNAL_SERVICE_TOKEN', 'INTERNAL_SERVICE_TOKEN'],
  ['AGENT_COMPUTE_SERVICE_URL', 'COMPUTE_SERVICE_URL'],
] as const;

/** @throws ConfigError that lists every problem at once. */
export function loadConfig(environment: Environment = process.env): AgentConfig {
  const values = readAll(environment);
  return {
    environment: values.ENVIRONMENT,
    port: values.PORT,
    host: values.HOST,
    logLevel: values.LOG_LEVEL,
    api: {
      baseUrl: values.AGENT_API_BASE_URL,
      tokens: values.AGENT_INTERNAL_SERVICE_TOKEN ?? values.INTERNAL_SERVICE_TOKEN ?? [''],
    },
    compute: {
      baseUrl: values.AGENT_COMPUTE_SERVICE_URL ?? values.COMPUTE_SERVICE_URL ?? '',
    },
    metricsToken: values.METRICS_TOKEN,
    models: {
      preferredProvider: values.LLM_PROVIDER,
      defaultModel: values.DEFAULT_MODEL,
      openrouter: { apiKey: values.OPENROUTER_API_KEY, baseUrl: values.OPENROUTER_BASE_URL },
      anthropic: { apiKey: values.ANTHROPIC_API_KEY, baseUrl: values.ANTHROPIC_BASE_URL },
      openai: { apiKey: values.OPENAI_API_KEY, baseUrl: values.OPENAI_BASE_URL, api: values.OPENAI_API },
      google: { apiKey: values.GOOGLE_API_KEY ?? values.GEMINI_API_KEY, baseUrl: values.GOOGLE_BASE_URL },
      ollamaUrl: values.OLLAMA_URL,
      isDemo: values.AGENT_DEMO_MODEL,
    },
    fallbackModel: values.FALLBACK_MODEL,
    maxConcurrentTurns: values.AGENT_MAX_CONCURRENT_TURNS,
    maxSteps: values.AGENT_MAX_STEPS,
  };
}

function readAll(environment: Environment): Values {
  const own = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !FOREIGN_NAMES.includes(name)),
  );
  const problems = missingOfPairs(environment);
  try {
    const values = readVariables('agent', AGENT_VARIABLES, own, {
      ownPrefixes: OWN_PREFIXES,
      distinct: KEYS,
    });
    if (values.AGENT_DEMO_MODEL && values.OPENAI_BASE_URL === undefined) {
      problems.push('OPENAI_BASE_URL: is missing, and AGENT_DEMO_MODEL is of no use without it');
    }
    if (problems.length === 0) return values;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError('agent', [...error.problems, ...problems]);
  }
  throw new ConfigError('agent', problems);
}

function missingOfPairs(environment: Environment): string[] {
  const isSet = (name: string) => Boolean(environment[name] || environment[`${name}_FILE`]);
  return ONE_OF.filter((names) => !names.some(isSet)).map(
    ([name]) => `${name}: is missing (${AGENT_VARIABLES[name].description})`,
  );
}
