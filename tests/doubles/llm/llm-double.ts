import type { ScriptInput } from '@podex/demo-model/script';
import {
  type AnsweredRequest,
  type ScriptedModel,
  startScriptedModel,
} from '@podex/demo-model/scripted-model';

export type { ScriptInput };

/** A model vendor that says what a script says, and remembers what it was asked. */
export interface LlmDouble extends ScriptedModel {
  /** The newest 500. */
  requests(): readonly AnsweredRequest[];
}

const MAX_REQUESTS = 500;

export async function startLlmDouble(options: { port?: number; script: ScriptInput }): Promise<LlmDouble> {
  const requests: AnsweredRequest[] = [];
  const model = await startScriptedModel({
    ...options,
    onRequest: (request) => {
      requests.push(request);
      requests.splice(0, requests.length - MAX_REQUESTS);
    },
  });
  return { ...model, requests: () => requests };
}
