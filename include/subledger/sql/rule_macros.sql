-- whether an attribute meets a rule's condition; without values it asks whether the attribute is absent. As
-- posting_rule.Condition.holds, which is what it means
create or replace macro condition_holds(condition, value) as
    case
        when condition is null then true
        when len(condition.asked) = 0 then (value is null) <> condition.is_negated
        else value is not null and list_contains(condition.asked, value) <> condition.is_negated
    end;

-- what is above zero of an amount (part 1), or below (part -1), or all of it
create or replace macro part_of_amount(part, amount) as
    case part when 1 then greatest(amount, 0) when -1 then least(amount, 0) else amount end;
