alter table token
  add column scopes text[],
  -- Null: all workspaces of its owner.
  add column workspace_ids text[];
update token set scopes = case scope
  when 'read' then '{read}'::text[]
  when 'write' then '{read,workspaces,agent,account}'::text[]
  else '{read,workspaces,agent,account,admin}'::text[] end;
alter table token
  alter column scopes set not null,
  drop column scope,
  add constraint token_scopes_check check (
    scopes <@ '{read,workspaces,agent,approve,account,admin}'::text[] and cardinality(scopes) > 0
  );
