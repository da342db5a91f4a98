-- the generation of the source's stream when the attempt was planned, before its snapshot was taken
alter table tieout.attempt add column generation bigint;
-- when the evidence of an abandoned attempt was removed
alter table tieout.attempt add column tidied_at timestamptz;
create index on tieout.attempt (state_at) where state = 'abandoned' and tidied_at is null;
