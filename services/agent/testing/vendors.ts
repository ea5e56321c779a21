import { anthropicWire } from '../../../tests/doubles/llm/vendors/anthropic-wire.ts';
import { chatWire, ollamaWire, openRouterWire } from '../../../tests/doubles/llm/vendors/chat-wires.ts';
import { googleWire } from '../../../tests/doubles/llm/vendors/google-wire.ts';
import { openAiResponsesWire } from '../../../tests/doubles/llm/vendors/openai-responses-wire.ts';
import { startVendorDouble, type VendorDouble } from '../../../tests/doubles/llm/vendors/vendor-double.ts';
import type { VendorWire } from '../../../tests/doubles/llm/vendors/vendor-wire.ts';
import { AgentSetup } from './agent-setup.ts';

/** A vendor’s API as Podex reaches it. */
export interface Vendor {
  name: string;
  /** As models of it are named. */
  provider: string;
  /** As a person reads it. */
  title: string;
  wire: VendorWire;
  /** The variable that a person is sent to when the key is wrong. */
  keyVariable: string;
  environment(url: string): Record<string, string>;
}

export const VENDORS: readonly Vendor[] = [
  {
    name: 'Anthropic',
    provider: 'anthropic',
    title: 'Anthropic',
    wire: anthropicWire,
    keyVariable: 'ANTHROPIC_API_KEY',
    environment: (url) => ({ ANTHROPIC_API_KEY: 'key', ANTHROPIC_BASE_URL: `${url}/v1` }),
  },
  {
    name: 'OpenAI Responses',
    provider: 'openai',
    title: 'OpenAI',
    wire: openAiResponsesWire,
    keyVariable: 'OPENAI_API_KEY',
    environment: (url) => ({ OPENAI_API_KEY: 'key', OPENAI_BASE_URL: `${url}/v1`, OPENAI_API: 'responses' }),
  },
  {
    name: 'chat completions',
    provider: 'openai',
    title: 'OpenAI',
    wire: chatWire,
    keyVariable: 'OPENAI_API_KEY',
    environment: (url) => ({ OPENAI_BASE_URL: `${url}/v1` }),
  },
  {
    name: 'Google',
    provider: 'google',
    title: 'Google',
    wire: googleWire,
    keyVariable: 'GOOGLE_API_KEY',
    environment: (url) => ({ GEMINI_API_KEY: 'key', GOOGLE_BASE_URL: `${url}/v1beta` }),
  },
  {
    name: 'Ollama',
    provider: 'ollama',
    title: 'Ollama',
    wire: ollamaWire,
    keyVariable: 'OLLAMA_URL',
    environment: (url) => ({ OLLAMA_URL: url }),
  },
  {
    name: 'OpenRouter',
    provider: 'openrouter',
    title: 'OpenRouter',
    wire: openRouterWire,
    keyVariable: 'OPENROUTER_API_KEY',
    environment: (url) => ({ OPENROUTER_API_KEY: 'key', OPENROUTER_BASE_URL: `${url}/api/v1` }),
  },
];

/** An agent whose only provider is the double of one vendor. */
export class VendorSetup implements AsyncDisposable {
  readonly vendor: Vendor;
  readonly double: VendorDouble;
  readonly agent: AgentSetup;
  /** Of the agent. */
  readonly port: number;

  private constructor(vendor: Vendor, double: VendorDouble, agent: AgentSetup, port: number) {
    this.port = port;
    this.vendor = vendor;
    this.double = double;
    this.agent = agent;
  }

  static async start(vendor: Vendor): Promise<VendorSetup> {
    const [double, agent] = await Promise.all([startVendorDouble(vendor.wire), AgentSetup.start([])]);
    const { port } = await agent.startAgent({
      OPENAI_BASE_URL: '',
      DEFAULT_MODEL: '',
      ...vendor.environment(double.url),
    });
    return new VendorSetup(vendor, double, agent, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent[Symbol.asyncDispose]();
    await this.double.stop();
  }
}
