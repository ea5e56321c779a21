-- Deltas of one stream have its key, and go with the event that ends it. Compared byte by byte: those of a step are one range.
alter table event add column stream_key text collate "C";
create index event_stream_key_idx on event (stream_key) where stream_key is not null;
