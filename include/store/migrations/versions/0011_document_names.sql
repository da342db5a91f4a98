-- a content is named by 128 bits of its digest, as a booking's is
alter table tieout.document_register
    alter column accounted_hash type uuid using encode(substring(accounted_hash from 1 for 16), 'hex')::uuid,
    alter column seen_hash type uuid using encode(substring(seen_hash from 1 for 16), 'hex')::uuid;
alter table tieout.document_version
    alter column seen_hash type uuid using encode(substring(seen_hash from 1 for 16), 'hex')::uuid;

-- one row per version of a document. The first one stands in the register until something moves there: most documents never change
create view tieout.every_version as
select document_uid, version_no, batch_no, state, seen_hash
from tieout.document_version
union all
select r.document_uid, r.version_no, r.batch_no, r.state, r.seen_hash
from tieout.document_register as r
where not exists (
    select from tieout.document_version as v where v.document_uid = r.document_uid and v.version_no = r.version_no);

do $$
begin
    if exists (select from pg_roles where rolname = 'finance_writer') then
        grant select on tieout.every_version to finance_writer;
    end if;
    if exists (select from pg_roles where rolname = 'auditor') then
        grant select on tieout.every_version to auditor;
    end if;
end $$;
