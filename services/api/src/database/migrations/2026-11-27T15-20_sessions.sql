alter table session
  -- How it was signed in: `password`, or the name of the provider. Null for sessions older than this column.
  add column sign_in_method text check (length(sign_in_method) <= 40),
  add column last_used_at timestamptz;
