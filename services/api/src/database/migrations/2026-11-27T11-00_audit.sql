-- Nothing in it refers to other tables: entries outlast whatever they tell of.
create table audit_entry (
  seq bigint primary key check (seq > 0),
  at timestamptz not null,
  action text not null,
  result text not null check (result in ('succeeded', 'failed', 'denied')),
  error_code text,
  actor_kind text not null check (actor_kind in ('user', 'system', 'anonymous')),
  actor_id text,
  actor_email text,
  credential_kind text,
  credential_id text,
  target_kind text,
  target_id text,
  target_name text,
  workspace_id text,
  team_id text,
  address text,
  user_agent text,
  request_id text,
  -- json, not jsonb: its text is part of what is hashed.
  details json not null,
  -- sha-256 over this entry and the hash of the one before.
  hash bytea not null check (octet_length(hash) = 32)
);
create index audit_entry_at_idx on audit_entry (at);
create index audit_entry_action_idx on audit_entry (action, seq);
create index audit_entry_actor_id_idx on audit_entry (actor_id, seq);
create index audit_entry_actor_email_idx on audit_entry (actor_email, seq);
create index audit_entry_target_id_idx on audit_entry (target_id, seq);
create index audit_entry_workspace_id_idx on audit_entry (workspace_id, seq);
create index audit_entry_team_id_idx on audit_entry (team_id, seq);
create index audit_entry_not_succeeded_idx on audit_entry (result, seq) where result <> 'succeeded';

-- One row: where the log begins and ends, sealed with a key that the database does not have.
create table audit_head (
  id boolean primary key default true check (id),
  -- The last entry, and its hash.
  last_seq bigint not null,
  last_hash bytea not null,
  -- The last entry that retention removed, and its hash: what remains is chained to it.
  removed_seq bigint not null,
  removed_hash bytea not null,
  -- Of the key that sealed it; null until the first entry.
  key_id text,
  seal bytea,
  check (removed_seq <= last_seq)
);
insert into audit_head (last_seq, last_hash, removed_seq, removed_hash)
values (0, decode(repeat('00', 32), 'hex'), 0, decode(repeat('00', 32), 'hex'));

-- The triggers stop mistakes. The chain and the seal find out a person who may switch them off.
create function audit_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'The audit log is append-only.' using errcode = 'restrict_violation';
end $$;

create function audit_refuse_removal() returns trigger language plpgsql as $$
begin
  if old.seq > (select removed_seq from audit_head) then
    raise exception 'Entry % of the audit log is kept: retention alone removes entries, the oldest first.', old.seq
      using errcode = 'restrict_violation';
  end if;
  return old;
end $$;

create function audit_refuse_return() returns trigger language plpgsql as $$
begin
  if new.last_seq < old.last_seq or new.removed_seq < old.removed_seq then
    raise exception 'The audit log only goes forward.' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create trigger audit_entry_update before update on audit_entry for each row execute function audit_refuse_change();
create trigger audit_entry_delete before delete on audit_entry for each row execute function audit_refuse_removal();
create trigger audit_entry_truncate before truncate on audit_entry execute function audit_refuse_change();
create trigger audit_head_update before update on audit_head for each row execute function audit_refuse_return();
create trigger audit_head_delete before delete on audit_head for each row execute function audit_refuse_change();
create trigger audit_head_truncate before truncate on audit_head execute function audit_refuse_change();
