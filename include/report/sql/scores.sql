-- one row per legal entity and score of the night, with what it was in the scored night before
select s.read_instant, s.legal_entity_code, s.score, s.numerator::bigint as numerator, s.denominator::bigint as denominator, s.unit,
    s.mean_numerator::bigint as mean_numerator, s.mean_denominator::bigint as mean_denominator, s.days, s.floor_bp, s.explanation, p.share_bp as before_bp
from quality_score_series as s
left join lateral (
    select b.share_bp
    from quality_score_series as b
    where b.legal_entity_code = s.legal_entity_code and b.score = s.score and b.read_instant < s.read_instant
    order by b.read_instant desc
    limit 1) as p on true
where s.read_instant = %(read_instant)s
order by s.legal_entity_code, s.score
