-- What a workspace may reach. pending: its server may hold it to another policy than this.
alter table workspace
  add column network_mode text not null default 'open' check (network_mode in ('open', 'allow_list', 'deny_all')),
  add column network_allow jsonb not null default '[]',
  add column network_pending boolean not null default false;
create index workspace_network_idx on workspace (server_id) where network_mode <> 'open';

-- Of all policies, greater after each change: on a server an older picture of them never replaces a newer one. In milliseconds since
-- 1970, so that it also grows when a backup was restored.
alter table fleet add column network_revision bigint not null default (extract(epoch from now()) * 1000)::bigint;
