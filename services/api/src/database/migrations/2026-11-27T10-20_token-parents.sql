-- A token made with a token ends with it. `depth` is the number of tokens above it.
alter table token
  add column parent_token_id text references token (id) on delete cascade,
  add column depth integer not null default 0,
  add constraint token_depth_check check (depth between 0 and 8 and (depth = 0) = (parent_token_id is null));

create index token_parent_token_id_idx on token (parent_token_id) where parent_token_id is not null;
