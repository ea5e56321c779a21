import type { TurnContext } from '@podex/contracts/internal/turns';
import type { ReasoningEffort } from '@podex/contracts/models';
import type { Logger } from '@podex/service-kit/logger';
import type { FolderInstructions } from '../context/folder-instructions.ts';
import type { FallbackModel } from '../models/fallback-model.ts';
import type { ChosenModel } from '../models/models.ts';
import type { Prompt } from '../models/prompt-message.ts';
import type { WorkspaceClient } from '../workspace/workspace-client.ts';
import type { Lease } from './lease.ts';
import type { PromptLimits } from './prompt-limits.ts';
import type { TurnsApi } from './turns-api.ts';

/** What the parts of a running turn work with. */
export interface TurnEnvironment {
  api: TurnsApi;
  lease: Lease;
  workspace: WorkspaceClient;
  logger: Logger;
  maxSteps: number;
  promptLimits: PromptLimits;
  fallback: FallbackModel;
  /** @throws PodexError no_model_configured | model_not_available. */
  chooseModel(name: string | null, effort: ReasoningEffort | null): Promise<ChosenModel>;
  /** The same for every step of the turn in one mode. */
  promptStart(context: TurnContext): Promise<Pick<Prompt, 'system' | 'preamble'>>;
  /** Instruction files of the folders that calls are about. */
  folderInstructions: FolderInstructions;
}
