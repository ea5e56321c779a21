-- What agents may do without asking, must ask for, or may not do: of one conversation, one workspace, or the workspaces of one owner.
create table policy_rule (
  id text primary key,
  conversation_id text references conversation (id) on delete cascade,
  workspace_id text references workspace (id) on delete cascade,
  user_id text references "user" (id) on delete cascade,
  effect text not null check (effect in ('allow', 'ask', 'deny')),
  tool text not null check (length(tool) <= 100),
  -- Null: every file.
  path text check (length(path) <= 1000),
  -- The first words of commands. Null: every command.
  command text[] check (cardinality(command) between 1 and 30),
  created_by text references "user" (id) on delete set null,
  created_at timestamptz not null default now(),
  check (num_nonnulls(conversation_id, workspace_id, user_id) = 1),
  check (path is null or command is null)
);
create index policy_rule_conversation_id_idx on policy_rule (conversation_id, id) where conversation_id is not null;
create index policy_rule_workspace_id_idx on policy_rule (workspace_id, id) where workspace_id is not null;
create index policy_rule_user_id_idx on policy_rule (user_id, id) where user_id is not null;

-- The ids are as new ones are, but for their time: letters of them are hexadecimal digits.
insert into policy_rule (id, conversation_id, effect, tool)
select 'rul_01' || left(replace(gen_random_uuid()::text, '-', ''), 24), conversation.id, 'allow', allowed.tool
from conversation, unnest(conversation.allowed_tools) as allowed (tool)
where length(allowed.tool) <= 100;

alter table conversation drop column allowed_tools;

-- What a person can have remembered with the decision.
alter table approval add column choices json not null default '[]';
update approval set choices = json_build_array(
  json_build_object('kind', 'tool', 'rules', json_build_array(
    json_build_object('tool', tool, 'path', null, 'command', null))))
where status = 'pending';
