import {
  gitAnswer,
  gitQuestion,
  type Questions as QuestionList,
  questionsQuery,
} from '@podex/contracts/internal/git-credentials';
import { SMALL_BODY_BYTES_MAX } from '@podex/contracts/limits';
import { type Route, readJson } from '../http/router.ts';
import type { Questions } from './questions.ts';

const QUESTION_BYTES_MAX = 16_384;

export interface QuestionRoutesOptions {
  questions: Questions;
  /** Whether something runs that may ask later. */
  isBusy: () => Promise<boolean>;
}

/** For who watches over the workspace. Forwarded to nobody. */
export function questionRoutes({ questions, isBusy }: QuestionRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/questions',
      async answer({ query, signal }) {
        const items = await questions.next(questionsQuery.parse(query).wait_ms, signal);
        return { status: 200, body: { items, busy: await isBusy() } satisfies QuestionList };
      },
    },
    {
      method: 'POST',
      path: '/questions/:id',
      async answer({ request, params }) {
        questions.answer(params.id ?? '', await readJson(request, gitAnswer, SMALL_BODY_BYTES_MAX));
        return { status: 204 };
      },
    },
  ];
}

/** For programs in the workspace: all that its user can ask of this process. */
export function askRoutes(questions: Questions): Route[] {
  return [
    {
      method: 'POST',
      path: '/git_credential',
      async answer({ request, signal }) {
        const question = await readJson(request, gitQuestion, QUESTION_BYTES_MAX);
        return { status: 200, body: await questions.ask(question, signal) };
      },
    },
  ];
}
