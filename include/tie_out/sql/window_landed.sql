-- what landed of the bucket because it changed itself, by the ways in which billing counts it
insert into window_cell
select 'landed', 'documents', d.document_type, coalesce(d.legal_entity_code, 'UNASSIGNED'), coalesce(d.currency, '*'), count(*),
    coalesce(sum(d.total_minor), 0)::bigint
from landed_documents as d
where d.row_xid >= getvariable('horizon')
group by all
union all
select 'landed', 'deletions', x.document_type, '*', '*', count(*), 0
from landed_deletions as x
group by all
union all
select 'landed', 'lines', l.document_type, '*', '*', count(*), coalesce(sum(l.amount_minor), 0)::bigint
from landed_lines as l
semi join (from landed_documents where row_xid >= getvariable('horizon')) as d on d.document_uid = l.document_uid
-- what was frozen of the invoices behind a lost dispute, of an invoice written off or credited wholly or of earlier credit memos is no row of its own in billing
where coalesce(l.line_kind, '') not in ('settled', 'written_off', 'residual', 'credited')
group by all
union all
select 'landed', 'applications', a.document_type, '*', '*', count(*), coalesce(sum(a.amount_minor), 0)::bigint
from landed_applications as a
semi join (from landed_documents where row_xid >= getvariable('horizon')) as d on d.document_uid = a.document_uid
where not a.is_implied
group by all;
