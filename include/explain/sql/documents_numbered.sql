-- one row per document that was ever landed under this number or native id
select document_uid, document_type, any_value(native_id) as native_id, any_value(number) as number
from stored_file
where number = getvariable('name') or native_id = getvariable('name')
group by document_uid, document_type
order by document_type, native_id
