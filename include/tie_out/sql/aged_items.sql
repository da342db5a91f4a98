-- one row per open item, with the document that it is
select i.role, i.account_code, i.currency, coalesce(n.document_type, 'unknown') as document_type, coalesce(n.native_id, i.item_uid::varchar) as native_id,
    coalesce(n.number, '') as number, coalesce(n.customer_ref, '') as customer_ref, n.document_date, i.amount_minor, i.functional_minor
from open_item as i
left join named_item as n on n.document_uid = i.item_uid
order by i.role, i.account_code, i.currency, customer_ref, n.document_date, native_id
