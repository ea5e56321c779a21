-- When the last of the links of a port ends that were made with its present key; null: none was.
alter table preview_port add column links_expire_at timestamptz;
