import { randomUUID } from 'node:crypto';
import type { TeamRole, WorkspaceRelation } from '@podex/contracts/access';
import { TOKEN_SCOPES, type TokenScope } from '@podex/contracts/accounts';
import { newId } from '@podex/contracts/ids';
import { AgentWorker } from './agent-worker.ts';
import { ComputeWorker } from './compute-worker.ts';
import type { TestApi, TestUser } from './test-api.ts';

/** One way of asking: a person with a credential, and what the policy table is to make of them. */
export interface Person {
  name: string;
  /** Undefined: the request carries no credential. */
  token: string | undefined;
  /** A credential that was good once. */
  isOver?: boolean;
  /** To another workspace than that of the scene. */
  isLimited?: boolean;
  isAdmin: boolean;
  scopes: readonly TokenScope[];
  /** To the workspace of the scene; undefined: nothing. */
  relation: WorkspaceRelation | undefined;
  /** In the team of the scene; undefined: not in it. */
  teamRole: TeamRole | undefined;
}

const SESSION_SCOPES = TOKEN_SCOPES.filter((scope) => scope !== 'admin');

/** A workspace of a team, shared beside it, with a conversation that waits for an approval; and everyone who may come by. */
export class Cast {
  readonly api: TestApi;
  readonly people: Person[] = [];
  /** By the name of the path’s parameter. */
  readonly ids: Record<string, string> = {};
  readonly #compute: ComputeWorker;
  readonly #owner: TestUser;
  #guests = 0;
  #guestEmail = '';

  private constructor(api: TestApi, compute: ComputeWorker, owner: TestUser) {
    this.api = api;
    this.#compute = compute;
    this.#owner = owner;
  }

  static async gather(api: TestApi): Promise<Cast> {
    const serverId = await ComputeWorker.registerServer(api);
    const owner = await api.signUp();
    const cast = new Cast(api, new ComputeWorker(api, serverId), owner);
    await cast.#setScene(serverId);
    await cast.#invitePeople();
    await cast.#makeCredentials();
    return cast;
  }

  /** Makes again what an operation that was let in has removed. */
  async restore(operation: string): Promise<void> {
    switch (operation) {
      case 'deleteWorkspace':
        await this.#makeWorkspace();
        return this.#makeConversation();
      case 'deleteConversation':
        return this.#makeConversation();
      case 'deleteShare':
        return this.#share(this.#guestEmail, 'viewer');
      case 'removeTeamMember':
        return this.#addToTeam(this.#guestEmail, 'member');
      case 'deleteUser':
        return this.#inviteGuest();
      default:
    }
  }

  async #setScene(serverId: string): Promise<void> {
    const team = await this.#asOwner('POST', '/api/teams', { name: 'The team' });
    this.ids.team_id = team.id;
    this.ids.server_id = serverId;
    this.ids.secret_name = 'A_SECRET';
    this.ids.git_host = 'git.example.com';
    this.ids.port = '5173';
    this.ids.terminal_id = newId('terminal');
    this.ids.command_id = newId('command');
    this.ids.upload_id = newId('upload');
    this.ids.checkpoint_id = newId('checkpoint');
    this.ids.secret_name = 'A_SECRET';
    this.ids.session_id = randomUUID();
    this.ids.ssh_key_id = newId('sshKey');
    this.ids.git_ssh_key_id = newId('gitSshKey');
    this.ids.rule_id = newId('rule');
    const device = await this.api.ask('POST', '/api/device/code', { body: { client_name: 'a program' } });
    this.ids.user_code = device.body.user_code;
    await this.#inviteGuest();
    await this.#makeWorkspace();
    await this.#makeConversation();
    const admin = await this.api.signInAdmin();
    const invitation = await this.api.ask('POST', '/api/admin/invitations', {
      as: admin,
      body: { email: 'invited@example.com' },
    });
    this.ids.invitation_id = invitation.body.id;
    const join = await this.api.ask('POST', '/api/admin/servers/join_tokens', {
      as: admin,
      body: { name: 'ws-8', hostname: '10.0.1.8' },
    });
    this.ids.join_token_id = join.body.id;
    this.ids.token_id = (await this.#makeToken({ name: 'the one that is named' })).id;
    this.#add({ name: 'an admin', token: admin.token, isAdmin: true, scopes: ['admin'] });
  }

  /** Who is shared with, removed and administered. */
  async #inviteGuest(): Promise<void> {
    this.#guests += 1;
    this.#guestEmail = `guest-${this.#guests}@example.com`;
    this.ids.user_id = (await this.#join(this.#guestEmail)).id;
    await this.#addToTeam(this.#guestEmail, 'member');
    if (this.ids.workspace_id !== undefined) await this.#share(this.#guestEmail, 'viewer');
  }

  async #addToTeam(email: string, role: string): Promise<void> {
    await this.#asOwner('POST', `/api/teams/${this.ids.team_id}/members`, { email, role });
  }

  async #makeWorkspace(): Promise<void> {
    const body = { name: 'the-workspace', team_id: this.ids.team_id };
    this.ids.workspace_id = (await this.#asOwner('POST', '/api/workspaces?wait_ms=0', body)).id;
    await this.#compute.step();
    await this.#share(this.#guestEmail, 'viewer');
    for (const role of ['viewer', 'terminal', 'editor'] as const) {
      const email = `${role}@shares.example.com`;
      if (this.people.some((person) => person.name === `shared as ${role}`)) await this.#share(email, role);
    }
  }

  async #makeConversation(): Promise<void> {
    const conversations = `/api/workspaces/${this.ids.workspace_id}/conversations`;
    this.ids.conversation_id = (await this.#asOwner('POST', conversations, {})).id;
    const messages = `/api/conversations/${this.ids.conversation_id}/messages`;
    this.ids.turn_id = (await this.#asOwner('POST', messages, { text: 'hello' })).turn_id;
    const worker = new AgentWorker(this.api);
    const turn = await worker.claim();
    const call = await worker.startToolStep(turn);
    this.ids.approval_id = await worker.requestApproval(turn, { ...call, firstIndex: 2 });
  }

  async #invitePeople(): Promise<void> {
    this.#add({ name: 'nobody', token: undefined, scopes: [] });
    this.#add({ name: 'another user', token: (await this.#join('other@example.com')).token });
    const otherTeam = await this.#join('other-team@example.com');
    const team = await this.api.ask('POST', '/api/teams', { as: otherTeam, body: { name: 'Another' } });
    await this.api.ask('POST', '/api/workspaces?wait_ms=0', {
      as: otherTeam,
      body: { name: 'theirs', team_id: team.body.id },
    });
    this.#add({ name: 'another team’s owner', token: otherTeam.token });
    for (const role of ['viewer', 'terminal', 'editor'] as const) {
      const { token } = await this.#join(`${role}@shares.example.com`);
      await this.#share(`${role}@shares.example.com`, role);
      this.#add({ name: `shared as ${role}`, token, relation: role });
    }
    const relations = { viewer: 'viewer', member: 'editor', admin: 'owner' } as const;
    for (const role of ['viewer', 'member', 'admin'] as const) {
      const email = `${role}@team.example.com`;
      const { token } = await this.#join(email);
      await this.#addToTeam(email, role);
      this.#add({ name: `a ${role} of the team`, token, relation: relations[role], teamRole: role });
    }
    const suspended = await this.#join('suspended@team.example.com');
    await this.#addToTeam('suspended@team.example.com', 'owner');
    await this.api.ask('PATCH', `/api/admin/users/${suspended.id}`, {
      as: await this.api.signInAdmin(),
      body: { status: 'suspended' },
    });
    this.#add({ name: 'a suspended user', token: suspended.token, isOver: true });
    const { token } = this.#owner;
    this.#add({ name: 'the owner', token, relation: 'owner', teamRole: 'owner' });
  }

  /** Of the owner, who may everything: what is refused is refused for the credential. */
  async #makeCredentials(): Promise<void> {
    const owns = { relation: 'owner', teamRole: 'owner' } as const;
    for (const scope of SESSION_SCOPES) {
      const { secret } = await this.#makeToken({ name: scope, scopes: [scope] });
      this.#add({ name: `a token of scope ${scope}`, token: secret, scopes: [scope], ...owns });
    }
    const scopes = SESSION_SCOPES.filter((scope) => scope !== 'account');
    const other = await this.#asOwner('POST', '/api/workspaces?wait_ms=0', { name: 'other' });
    const elsewhere = await this.#makeToken({ name: 'elsewhere', scopes, workspace_ids: [other.id] });
    const limited = { isLimited: true, scopes, teamRole: 'owner', relation: undefined } as const;
    this.#add({ name: 'a token for another workspace', token: elsewhere.secret, ...limited });
    const revoked = await this.#makeToken({ name: 'revoked' });
    await this.api.ask('DELETE', `/api/tokens/${revoked.id}`, { as: this.#owner });
    this.#add({ name: 'a revoked token', token: revoked.secret, isOver: true, ...owns });
    this.#add({ name: 'a made-up token', token: `pdx_${'x'.repeat(43)}`, isOver: true });
  }

  /** For credentials whose end only the database can bring. */
  add(person: Pick<Person, 'name' | 'token'> & Partial<Person>): void {
    this.#add(person);
  }

  get owner(): TestUser {
    return this.#owner;
  }

  #add(person: Pick<Person, 'name' | 'token'> & Partial<Person>): void {
    this.people.push({
      isAdmin: false,
      scopes: SESSION_SCOPES,
      relation: undefined,
      teamRole: undefined,
      ...person,
    });
  }

  async #join(email: string): Promise<TestUser> {
    const user = await this.api.signUp(email);
    const made = await this.api.ask('POST', '/api/tokens', {
      headers: { cookie: user.cookie, origin: this.api.config.frontendOrigin },
      body: { name: 'all', scopes: SESSION_SCOPES },
    });
    return { ...user, token: made.body.secret };
  }

  async #makeToken(body: object): Promise<{ id: string; secret: string }> {
    const headers = { cookie: this.#owner.cookie, origin: this.api.config.frontendOrigin };
    return (await this.api.ask('POST', '/api/tokens', { headers, body })).body;
  }

  async #share(email: string, role: string): Promise<void> {
    await this.#asOwner('POST', `/api/workspaces/${this.ids.workspace_id}/shares`, { email, role });
  }

  // biome-ignore lint/suspicious/noExplicitAny: the shapes of responses are what other tests are about.
  async #asOwner(method: string, path: string, body: object): Promise<any> {
    const answer = await this.api.ask(method, path, { as: this.#owner, body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}
