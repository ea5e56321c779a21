-- Teams have secrets as people and workspaces do.
alter table secret drop constraint secret_owner_kind_check;
alter table secret add constraint secret_owner_kind_check check (owner_kind in ('user', 'team', 'workspace'));
alter table secret add column team_id text
  generated always as (case when owner_kind = 'team' then owner_id end) stored references team (id) on delete cascade;
create index secret_by_team on secret (team_id) where team_id is not null;
