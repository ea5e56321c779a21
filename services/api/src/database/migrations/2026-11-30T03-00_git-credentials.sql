-- What people's git signs in with, by host, is kept as secrets are.
alter table secret drop constraint secret_owner_kind_check;
alter table secret add constraint secret_owner_kind_check check (owner_kind in ('user', 'team', 'workspace', 'git'));
alter table secret add column git_user_id text
  generated always as (case when owner_kind = 'git' then owner_id end) stored references "user" (id) on delete cascade;
create index secret_by_git_user on secret (git_user_id) where git_user_id is not null;
