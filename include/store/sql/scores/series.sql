-- one row per night and score of a legal entity, the last nights that were scored, newest first
select read_instant, legal_entity_code, score, numerator::bigint as numerator, denominator::bigint as denominator, unit,
    mean_numerator::bigint as mean_numerator, mean_denominator::bigint as mean_denominator, days, floor_bp, explanation
from quality_score_series
where legal_entity_code = %(entity)s and read_instant in (
    select distinct read_instant from quality_score
    where legal_entity_code = %(entity)s
    order by read_instant desc
    limit %(nights)s)
order by read_instant desc, score
