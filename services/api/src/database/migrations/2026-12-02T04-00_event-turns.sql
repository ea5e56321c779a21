-- A page of a conversation is folded from the events of its turns.
alter table event add column turn_id text;
update event set turn_id = body ->> 'turn_id' where topic like 'conversation:%';
create index event_turn_id_idx on event (turn_id, seq) where turn_id is not null;
