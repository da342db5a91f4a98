-- a score, unless the one that counts says the same
insert into quality_score (read_instant, legal_entity_code, score, numerator, denominator, unit, mean_numerator, mean_denominator, days, floor_bp,
    explanation, scored_by)
select n.*, %(scored_by)s
from (
    select %(read_instant)s::timestamptz, %(legal_entity_code)s::text, %(score)s::text, %(numerator)s::numeric, %(denominator)s::numeric,
        %(unit)s::text, %(mean_numerator)s::numeric, %(mean_denominator)s::numeric, %(days)s::int, %(floor_bp)s::int, %(explanation)s::text
) as n
except
select read_instant, legal_entity_code, score, numerator, denominator, unit, mean_numerator, mean_denominator, days, floor_bp, explanation,
    %(scored_by)s
from quality_score_series
where read_instant = %(read_instant)s and legal_entity_code = %(legal_entity_code)s and score = %(score)s
