-- one row per line of a rule that books event lines of the portion, and per department and region of them, that no earlier portion had
insert into entry_coding
with asked as (
    select distinct shape_no, dimension_no from wanted_line
    except
    select shape_no, dimension_no from entry_coding
),
coded as (
    select s.shape_no, a.dimension_no, s.side, s.component, s.part, h.legal_entity_code, s.account_code, s.party_key, s.role,
        case when s.is_mapped then m.department else d.department end as department,
        case when s.is_mapped then m.region else d.region end as region,
        case when s.is_mapped then m.product_line else h.product_line end as product_line,
        s.rule_id, s.ruled_role
    from asked as a
    join event_shape as h on h.shape_no = a.shape_no
    join dimension as d on d.dimension_no = a.dimension_no
    join shape_line as s on s.shape_no = a.shape_no
    left join mapped_dimension as m
        on m.shape_no = s.shape_no and m.rule_line_no = s.rule_line_no
        and m.document_department is not distinct from d.department and m.document_region is not distinct from d.region
)
select ((select coalesce(max(coding_no), 0) from entry_coding) + row_number() over ())::integer, * from coded;

-- ... and one per coding of a stored entry that is undone tonight: it goes back to the same account, party and dimensions
insert into entry_coding
with coded as (
    select distinct legal_entity_code, account_code, party_key, role, department, region, product_line, rule_id from stored_entry
    except
    select legal_entity_code, account_code, party_key, role, department, region, product_line, rule_id from entry_coding where shape_no is null
)
select ((select coalesce(max(coding_no), 0) from entry_coding) + row_number() over ())::integer, null, null, null, null, null, *, null from coded;
