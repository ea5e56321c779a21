-- Labels that servers must have to get new workspaces of the team.
alter table team add column labels jsonb not null default '{}';
