-- Processes keep the variables that they were started with: who gets into a workspace later reads them.
alter table workspace add column told_own_secrets boolean not null default false;
comment on column workspace.told_own_secrets is 'Since its container started, its processes were told secrets of the person whose workspace it is.';
update workspace set told_own_secrets = true
where team_id is null and status not in ('stopped', 'deleted')
  and not exists (select 1 from workspace_share where workspace_share.workspace_id = workspace.id)
  and exists (select 1 from secret where secret.user_id = workspace.owner_id);
