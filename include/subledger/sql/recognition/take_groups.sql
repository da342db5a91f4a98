-- the groups that earlier runs numbered
insert into schedule_group select group_no, legal_entity_code, currency, revenue_treatment, product_line, department, region from group_file;
