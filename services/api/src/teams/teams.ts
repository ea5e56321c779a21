import {
  type Team,
  type TeamMember,
  type TeamRole,
  teamRole,
  type UpdateTeamInput,
} from '@podex/contracts/access';
import { PodexError } from '@podex/contracts/errors';
import { newId, type TeamId, teamId, type UserId } from '@podex/contracts/ids';
import type { PageQuery } from '@podex/contracts/pagination';
import { countOf } from '@podex/contracts/text';
import { appendAccessChanged } from '../access/access-events.ts';
import { getPerson } from '../access/people-store.ts';
import { findTeamRole } from '../access/relation-store.ts';
import { coversTeamRole } from '../access/relations.ts';
import { type AuditFact, appendAudit } from '../audit/append-audit.ts';
import type { Actor } from '../calls/actor.ts';
import type { Call } from '../calls/call.ts';
import { createOnce } from '../calls/idempotency-store.ts';
import { toPage } from '../calls/pages.ts';
import { CREDENTIALS_CHANNEL } from '../connections/credentials-channel.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Transact, Work } from '../database/transact.ts';
import { ownHolder } from '../quotas/holder.ts';
import type { Quotas } from '../quotas/quotas.ts';
import {
  countOwners,
  deleteMember,
  deleteTeam,
  findMember,
  findTeam,
  insertTeam,
  listMemberIds,
  listMembers,
  listTeams,
  lockTeam,
  type MemberRow,
  setMember,
  type TeamRow,
  updateTeam,
} from './team-store.ts';

/** A change of a workspace is told to each of them. */
const MEMBERS_MAX = 500;

interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface TeamServiceOptions {
  db: Db;
  transact: Transact;
  quotas: Quotas;
}

/** Teams and who is in them. Whether the caller may change a team, the door has decided; here, whether they may touch that member. */
export class TeamService {
  readonly #db: Db;
  readonly #transact: Transact;
  readonly #quotas: Quotas;

  constructor({ db, transact, quotas }: TeamServiceOptions) {
    this.#db = db;
    this.#transact = transact;
    this.#quotas = quotas;
  }

  /** @throws PodexError limit_reached. */
  async create({ name }: { name: string }, call: Call): Promise<Team> {
    const { userId } = call.actor;
    const id = await this.#transact((work) => {
      const { tx } = work;
      const newTeam = newId('team');
      return createOnce(tx, call, { id: newTeam, schema: teamId }, async () => {
        await this.#quotas.requireRoomForOne(tx, ownHolder(userId), 'teams');
        await insertTeam(tx, { id: newTeam, name, createdBy: userId });
        await setMember(tx, newTeam, userId, 'owner');
        appendAudit(work, call, {
          action: 'team.created',
          target: { kind: 'team', id: newTeam, name },
          teamId: newTeam,
        });
      });
    });
    return this.get(id, call);
  }

  async list(which: 'own' | 'all', page: PageQuery, { actor }: Call): Promise<Page<Team>> {
    return toPage(await listTeams(this.#db, actor.userId, which, page), page.limit, presentTeam);
  }

  /** @throws PodexError team_not_found. */
  async get(id: TeamId, { actor }: Call): Promise<Team> {
    const row = await findTeam(this.#db, actor.userId, id);
    if (row === undefined) throw notFound();
    return presentTeam(row);
  }

  /** @throws PodexError team_not_found. */
  async update(id: TeamId, input: UpdateTeamInput, call: Call): Promise<Team> {
    await this.#change(id, call, async (work) => {
      const before = await findTeam(work.tx, call.actor.userId, id);
      if (before === undefined) throw notFound();
      await updateTeam(work.tx, id, input);
      const { name = before.name, labels } = input;
      appendAudit(work, call, {
        action: 'team.changed',
        target: { kind: 'team', id, name },
        teamId: id,
        details: {
          before: before.name,
          after: name,
          ...(labels === undefined
            ? {}
            : { labels_before: pairsOf(before.labels), labels_after: pairsOf(labels) }),
        },
      });
    });
    return this.get(id, call);
  }

  /** @throws PodexError team_not_found, team_has_workspaces. */
  async delete(id: TeamId, call: Call): Promise<void> {
    await this.#change(id, call, async (work) => {
      const team = await findTeam(work.tx, call.actor.userId, id);
      if (team !== undefined && team.workspaces > 0) throw hasWorkspaces(team.workspaces);
      const people = await listMemberIds(work.tx, id);
      await deleteTeam(work.tx, id);
      await appendAccessChanged(work, people, { teamId: id });
      appendAudit(work, call, {
        action: 'team.deleted',
        target: { kind: 'team', id, name: team?.name },
        teamId: id,
        details: { members: people.length },
      });
    });
  }

  async listMembers(id: TeamId, page: PageQuery): Promise<Page<TeamMember>> {
    const rows = (await listMembers(this.#db, id, page)).map((row) => ({ ...row, id: row.user_id }));
    return toPage(rows, page.limit, presentMember);
  }

  /** @throws PodexError team_not_found, user_not_found, forbidden, conflict, limit_reached. */
  async addMember(
    id: TeamId,
    { email, role }: { email: string; role: TeamRole },
    call: Call,
  ): Promise<TeamMember> {
    return this.#change(id, call, async (work) => {
      await requireMayGive(work.tx, call.actor, id, role);
      const person = await getPerson(work.tx, email);
      if ((await findMember(work.tx, id, person.id)) !== undefined) throw isMember(person.name);
      const people = await listMemberIds(work.tx, id);
      if (people.length >= MEMBERS_MAX) throw isFull();
      await setMember(work.tx, id, person.id, role);
      await appendAccessChanged(work, [...people, person.id], { teamId: id });
      const member = await getMember(work.tx, id, person.id);
      appendAudit(work, call, memberFact('team.member_added', id, member, { role }));
      return presentMember(member);
    });
  }

  /** @throws PodexError team_not_found, team_member_not_found, forbidden, last_team_owner. */
  async updateMember(
    id: TeamId,
    userId: UserId,
    { role }: { role: TeamRole },
    call: Call,
  ): Promise<TeamMember> {
    return this.#change(id, call, async (work) => {
      const member = await getMember(work.tx, id, userId);
      await requireMayGive(work.tx, call.actor, id, member.role);
      await requireMayGive(work.tx, call.actor, id, role);
      if (role !== 'owner') await requireOtherOwner(work.tx, id, member);
      await setMember(work.tx, id, userId, role);
      await this.#told(work, id, []);
      const details = { before: member.role, after: role };
      if (role !== member.role) {
        appendAudit(work, call, memberFact('team.member_changed', id, member, details));
      }
      return presentMember({ ...member, role });
    });
  }

  /** @throws PodexError team_not_found, team_member_not_found, forbidden, last_team_owner. */
  async removeMember(id: TeamId, userId: UserId, call: Call): Promise<void> {
    await this.#change(id, call, async (work) => {
      const member = await getMember(work.tx, id, userId);
      await requireMayGive(work.tx, call.actor, id, member.role);
      await this.#remove(work, call, id, member);
    });
  }

  /** @throws PodexError team_not_found, last_team_owner. */
  async leave(id: TeamId, call: Call): Promise<void> {
    await this.#change(id, call, async (work) => {
      await this.#remove(work, call, id, await getMember(work.tx, id, call.actor.userId));
    });
  }

  async #remove(work: Work, call: Call, id: TeamId, member: MemberRow): Promise<void> {
    await requireOtherOwner(work.tx, id, member);
    await deleteMember(work.tx, id, member.user_id);
    await this.#told(work, id, [member.user_id]);
    const hasLeft = member.user_id === call.actor.userId;
    const details = { role: member.role, left: hasLeft };
    appendAudit(work, call, memberFact('team.member_removed', id, member, details));
  }

  /** Everyone in it, and who was until now; what rests on the old roles ends. */
  async #told(work: Work, id: TeamId, before: readonly UserId[]): Promise<void> {
    const people = await listMemberIds(work.tx, id);
    await appendAccessChanged(work, [...people, ...before], { teamId: id });
    work.wake(CREDENTIALS_CHANNEL);
  }

  #change<Result>(id: TeamId, call: Call, act: (work: Work) => Promise<Result>): Promise<Result> {
    return this.#transact(async (work) => {
      if (!(await lockTeam(work.tx, id))) throw notFound();
      await call.requireStill(work.tx);
      return act(work);
    });
  }
}

/** Nobody gives a role above their own, or takes one away. An admin of the platform may all. */
async function requireMayGive(tx: Tx, actor: Actor, id: TeamId, role: TeamRole): Promise<void> {
  if (actor.role === 'admin' && actor.scopes.includes('admin')) return;
  const own = await findTeamRole(tx, actor.userId, id);
  if (own !== undefined && coversTeamRole(own, role)) return;
  throw new PodexError('forbidden', `Only an ${role} of the team can do this.`, {});
}

/** @throws PodexError last_team_owner when the member is the only owner. */
async function requireOtherOwner(tx: Tx, id: TeamId, member: MemberRow): Promise<void> {
  if (member.role !== 'owner' || (await countOwners(tx, id)) > 1) return;
  throw new PodexError(
    'last_team_owner',
    'A team needs an owner. Make another member its owner first, or delete the team.',
    {},
  );
}

async function getMember(tx: Tx, id: TeamId, userId: UserId): Promise<MemberRow> {
  const member = await findMember(tx, id, userId);
  if (member !== undefined) return member;
  throw new PodexError('team_member_not_found', 'This person is not in the team.', {});
}

function memberFact(
  action: AuditFact['action'],
  id: TeamId,
  member: MemberRow,
  details: NonNullable<AuditFact['details']>,
): AuditFact {
  return { action, target: { kind: 'user', id: member.user_id, name: member.email }, teamId: id, details };
}

function notFound(): PodexError {
  return new PodexError('team_not_found', 'There is no such team.', {});
}

function isMember(name: string): PodexError {
  return new PodexError('conflict', `${name} is in the team already. Change their role instead.`, {});
}

function isFull(): PodexError {
  const message = `A team can have ${MEMBERS_MAX} members. Remove one first, or make another team.`;
  return new PodexError('limit_reached', message, { limit: 'team_members', max: MEMBERS_MAX });
}

function hasWorkspaces(workspaces: number): PodexError {
  const message = `The team has ${countOf(workspaces, 'workspace')}. Delete them or move them to a person first.`;
  return new PodexError('team_has_workspaces', message, { workspaces });
}

function pairsOf(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

function presentTeam(row: TeamRow): Team {
  return {
    id: row.id,
    name: row.name,
    role: row.role === null ? null : teamRole.parse(row.role),
    members: row.members,
    workspaces: row.workspaces,
    created_at: row.created_at.toISOString(),
    labels: row.labels,
  };
}

function presentMember(row: MemberRow): TeamMember {
  return {
    user_id: row.user_id,
    name: row.name,
    email: row.email,
    role: row.role,
    added_at: row.added_at.toISOString(),
  };
}
