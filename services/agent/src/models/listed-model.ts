import type { Model } from '@podex/contracts/models';

/** A model as its provider lists it. */
export interface ListedModel {
  modelId: string;
  title: string;
  /** The size of its context, where the provider says it. */
  contextTokens: number | undefined;
  abilities: Model['abilities'];
  efforts: Model['reasoning_efforts'];
}

export const EFFORTS: Model['reasoning_efforts'] = ['low', 'medium', 'high'];

const UNKNOWN: Model['abilities'] = { tools: null, images: null, reasoning: null };

/** What is left out, nobody knows; a model of which it is known that it reasons takes every effort. */
export function listedModel(
  modelId: string,
  known: {
    title?: string | undefined;
    contextTokens?: number | null | undefined;
    abilities?: Partial<Model['abilities']> | undefined;
    efforts?: Model['reasoning_efforts'] | undefined;
  } = {},
): ListedModel {
  const abilities = { ...UNKNOWN, ...known.abilities };
  return {
    modelId,
    title: known.title ?? modelId,
    contextTokens: known.contextTokens ?? undefined,
    abilities,
    efforts: known.efforts ?? (abilities.reasoning === true ? EFFORTS : []),
  };
}
