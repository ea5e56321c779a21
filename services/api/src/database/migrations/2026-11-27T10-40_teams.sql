create table team (
  id text primary key,
  name text not null,
  created_by text references "user" (id) on delete set null,
  created_at timestamptz not null default now()
);

create table team_member (
  team_id text not null references team (id) on delete cascade,
  user_id text not null references "user" (id) on delete cascade,
  role text not null check (role in ('viewer', 'member', 'admin', 'owner')),
  added_at timestamptz not null default now(),
  primary key (team_id, user_id)
);
create index team_member_user_id_idx on team_member (user_id, team_id);

-- Of a team: owner_id is who made it, and gives nothing by itself.
alter table workspace add column team_id text references team (id) on delete set null;
create index workspace_team_id_idx on workspace (team_id, id) where team_id is not null;

create table workspace_share (
  workspace_id text not null references workspace (id) on delete cascade,
  user_id text not null references "user" (id) on delete cascade,
  role text not null check (role in ('viewer', 'terminal', 'editor')),
  shared_by text references "user" (id) on delete set null,
  shared_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create index workspace_share_user_id_idx on workspace_share (user_id, workspace_id);
