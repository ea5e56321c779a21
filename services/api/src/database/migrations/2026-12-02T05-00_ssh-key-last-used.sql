-- When somebody last signed in with it; null: nobody has yet.
alter table ssh_key add column last_used_at timestamptz;
alter table git_ssh_key add column last_used_at timestamptz;
