-- Why no server took it at its last try, and since when that is so; null: it does not wait.
alter table workspace
  add column waits_for jsonb,
  add column waits_since timestamptz,
  add check ((waits_for is null) = (waits_since is null));
create index workspace_waits_idx on workspace (id) where waits_since is not null;
