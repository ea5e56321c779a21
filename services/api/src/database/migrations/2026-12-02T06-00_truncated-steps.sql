-- The response of the step was cut at the longest that the model may give.
alter table step add column is_truncated boolean not null default false;
