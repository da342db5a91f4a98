-- of the documents chosen by their dates, only those of a type, legal entity, currency or customer; what is not asked for is null
delete from dated
where document_uid in (select n.document_uid from newest as n)
    and document_uid not in (
        select s.document_uid
        from batch_row as s
        semi join newest as n on n.document_uid = s.document_uid and n.batch_no = s.batch_no
        where (getvariable('wanted_type') is null or s.document_type = getvariable('wanted_type'))
            and (getvariable('wanted_entity') is null or s.legal_entity_code = getvariable('wanted_entity'))
            and (getvariable('wanted_currency') is null or s.currency = getvariable('wanted_currency'))
            and (getvariable('wanted_customer') is null or s.customer_ref = getvariable('wanted_customer')))
