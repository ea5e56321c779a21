-- Versions of the files that a call read or wrote: what a later write of the conversation may replace.
alter table tool_call add column files json;
