-- What an admin allows one person or team in place of the platform’s setting.
create table quota_override (
  id bigint generated always as identity primary key,
  user_id text references "user" (id) on delete cascade,
  team_id text references team (id) on delete cascade,
  quota text not null,
  max double precision not null check (max >= 0),
  check (num_nonnulls(user_id, team_id) = 1)
);
create unique index quota_override_user_id_key on quota_override (user_id, quota) where user_id is not null;
create unique index quota_override_team_id_key on quota_override (team_id, quota) where team_id is not null;

-- What the agent used of a model in the workspaces of one person or team on one day (UTC).
create table model_usage (
  id bigint generated always as identity primary key,
  user_id text references "user" (id) on delete cascade,
  team_id text references team (id) on delete cascade,
  day date not null,
  model text not null,
  calls bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cached_input_tokens bigint not null,
  -- Calls of which the provider says no cost add nothing here.
  cost_usd double precision not null,
  check (num_nonnulls(user_id, team_id) = 1)
);
create unique index model_usage_user_id_key on model_usage (user_id, day, model) where user_id is not null;
create unique index model_usage_team_id_key on model_usage (team_id, day, model) where team_id is not null;
