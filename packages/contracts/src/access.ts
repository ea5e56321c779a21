import { z } from 'zod';
import { teamId, userId } from './ids.ts';
import { serverLabels } from './servers.ts';
import { emailText, nameText } from './text.ts';

/**
 * What a person is to a workspace, from the least to the most. Each may do what those before it may: a viewer reads (files,
 * conversations, what terminals show); `terminal` also types in terminals, runs commands and starts it; an editor also changes files,
 * stops it, talks to its agent and decides approvals; an owner also shares, moves and deletes it.
 */
export const workspaceRelation = z.enum(['viewer', 'terminal', 'editor', 'owner']);
export type WorkspaceRelation = z.infer<typeof workspaceRelation>;

/** What one may share a workspace as. */
export const shareRole = workspaceRelation.exclude(['owner']);
export type ShareRole = z.infer<typeof shareRole>;

/** In a team, from the least to the most. */
export const teamRole = z.enum(['viewer', 'member', 'admin', 'owner']);
export type TeamRole = z.infer<typeof teamRole>;

export const team = z
  .object({
    id: teamId,
    name: z.string(),
    role: teamRole
      .nullable()
      .meta({ description: 'Of the person who asks; null for an admin who is not in it.' }),
    members: z.number().int(),
    workspaces: z.number().int(),
    created_at: z.iso.datetime(),
    labels: serverLabels.meta({ description: 'That the servers of its new workspaces must have.' }),
  })
  .meta({ id: 'Team' });
export type Team = z.infer<typeof team>;

const teamName = nameText(60).meta({ example: 'Web shop' });

export const createTeamInput = z.object({ name: teamName }).meta({ id: 'CreateTeam' });
export const updateTeamInput = z
  .object({ name: teamName, labels: serverLabels })
  .partial()
  .meta({ id: 'UpdateTeam', description: 'What is left out stays as it is; `labels` replaces all labels.' });
export type UpdateTeamInput = z.infer<typeof updateTeamInput>;

const person = { user_id: userId, name: z.string(), email: z.string() };

export const teamMember = z
  .object({ ...person, role: teamRole, added_at: z.iso.datetime() })
  .meta({ id: 'TeamMember' });
export type TeamMember = z.infer<typeof teamMember>;

export const addTeamMemberInput = z
  .object({ email: emailText, role: teamRole.default('member') })
  .meta({ id: 'AddTeamMember' });
export const updateTeamMemberInput = z.object({ role: teamRole }).meta({ id: 'UpdateTeamMember' });

export const share = z
  .object({ ...person, role: shareRole, shared_at: z.iso.datetime() })
  .meta({ id: 'Share' });
export type Share = z.infer<typeof share>;

export const createShareInput = z.object({ email: emailText, role: shareRole }).meta({ id: 'CreateShare' });
export const updateShareInput = z.object({ role: shareRole }).meta({ id: 'UpdateShare' });

export const transferWorkspaceInput = z
  .object({
    team_id: teamId
      .nullable()
      .meta({ description: 'A team in which you are a member or more; null: it becomes your own.' }),
  })
  .meta({ id: 'TransferWorkspace' });
