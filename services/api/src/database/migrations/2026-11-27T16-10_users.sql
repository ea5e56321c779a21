-- A deleted user stays as a row without a person: e-mail and name are replaced, and what a foreign key with `on delete cascade` ties
-- to it is removed as if the row had gone (accounts/standing-store.ts).
alter table "user"
  add column suspended_at timestamptz,
  add column suspended_by text references "user" (id) on delete set null,
  add column deleted_at timestamptz,
  -- Moves at most once a minute.
  add column last_seen_at timestamptz,
  add constraint user_deleted_role_check check (deleted_at is null or role = 'user');

-- A sign-in that was under way when its user was suspended or deleted makes no session: it waits for that transaction here.
create function require_active_user() returns trigger language plpgsql as $$
begin
  perform 1 from "user" where id = new.user_id and suspended_at is null and deleted_at is null for share;
  if not found then
    raise exception 'user % is suspended or deleted', new.user_id using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger session_of_active_user before insert on "session"
  for each row execute function require_active_user();

-- Nor is a deleted user given another way to sign in.
create function require_present_user() returns trigger language plpgsql as $$
begin
  perform 1 from "user" where id = new.user_id and deleted_at is null for share;
  if not found then
    raise exception 'user % is deleted', new.user_id using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger account_of_present_user before insert on "account"
  for each row execute function require_present_user();
create trigger token_of_present_user before insert on token
  for each row execute function require_present_user();
