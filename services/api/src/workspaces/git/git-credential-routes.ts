import { workspaceId } from '@podex/contracts/ids';
import { type gitAnswer, gitQuestion } from '@podex/contracts/internal/git-credentials';
import {
  deleteGitCredential,
  deleteGithubAccess,
  getGithubAccess,
  listGitCredentials,
  setGitCredential,
} from '@podex/contracts/routes/git-credential-routes';
import type { z } from 'zod';
import type { GithubAccess } from '../../accounts/github-access.ts';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { InternalApp } from '../../http/internal-app.ts';
import type { GitCredentials } from './git-credentials.ts';
import type { GitSshKeys } from './git-ssh-keys.ts';

export function addGitCredentialRoutes(
  app: ApiApp,
  credentials: GitCredentials,
  githubAccess: GithubAccess,
): void {
  app.openapi(listGitCredentials, async (context) => {
    return context.json({ items: await credentials.list(callOf(context)), next: null }, 200);
  });

  app.openapi(setGitCredential, async (context) => {
    const { git_host: host } = context.req.valid('param');
    return context.json(await credentials.set(host, context.req.valid('json'), callOf(context)), 200);
  });

  app.openapi(deleteGitCredential, async (context) => {
    await credentials.delete(context.req.valid('param').git_host, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(getGithubAccess, async (context) =>
    context.json(await githubAccess.show(callOf(context)), 200),
  );

  app.openapi(deleteGithubAccess, async (context) => {
    return context.json(await githubAccess.remove(callOf(context)), 200);
  });
}

/** `/internal/workspaces/{id}/git_credential`: git in a workspace asks, through compute. */
export function addGitQuestionRoute(
  app: InternalApp,
  credentials: GitCredentials,
  sshKeys: GitSshKeys,
): void {
  app.post('/internal/workspaces/:id/git_credential', async (context) => {
    const id = workspaceId.parse(context.req.param('id'));
    const question = gitQuestion.parse(await context.req.json());
    const answer =
      'kind' in question ? await sshKeys.answer(id, question) : await credentials.answer(id, question);
    return context.json(answer satisfies z.input<typeof gitAnswer>);
  });
}
