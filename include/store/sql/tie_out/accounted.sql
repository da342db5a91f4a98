-- one row: all that is accounted on an account of a legal entity in the books' own currency, and whether entries were given up whose
-- documents are not booked anew yet
select coalesce(sum(functional_debit_minor), 0)::bigint as debit_minor, coalesce(sum(functional_credit_minor), 0)::bigint as credit_minor,
    exists (select from document_retry where reason = 'superseded') as is_given_up
from control_balance
where erp_code = %(erp)s and legal_entity_code = %(entity)s and account_code = %(account)s
