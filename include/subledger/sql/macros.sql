-- one text per value for hashing: its length in bytes, then itself; absent is unlike empty
create or replace macro hashed_field(value) as
    case when value is null then '~' else concat(strlen(value::varchar), ':', value::varchar) end;

-- the same with its name, and nothing where it is absent: a field that is added later leaves the hash of what lacks it as it was
create or replace macro named_field(name, value) as
    case when value is null then '' else concat(name, '=', strlen(value::varchar), ':', value::varchar) end;

-- the same for integers, days and flags, whose text holds no semicolon and needs no length
create or replace macro hashed_number(value) as coalesce(value::varchar || ';', '~');

-- one text of many, whatever the order in which they came
create or replace macro in_any_order(texts) as array_to_string(list_sort(texts), '');

-- which of several events of one kind it is: the name of the row that tells of it, as a UUID
create or replace macro occurrence_of(row_id) as unhex(md5(row_id))::uuid;

-- the first 128 bits of the SHA-256 of a text, as a UUID (by way of bytes: reading a UUID from its text takes three times as long)
create or replace macro digest(content) as unhex(substring(sha256(content), 1, 32))::uuid;

-- what a message says of a field: a null would take the whole message with it
create or replace macro worded(value) as coalesce(value::varchar, 'nothing');

-- half away from zero, in integers only: numerator * factor / denominator
create or replace macro divide_half_up(numerator, denominator) as
    sign(numerator)::bigint * ((2 * abs(numerator) + denominator) // (2 * denominator));

-- minor units as a plain decimal number
create or replace macro decimal_text(minor, exponent) as
    case when minor < 0 then '-' else '' end || (abs(minor) // ten_to(exponent))::varchar
    || case when exponent = 0 then '' else '.' || lpad((abs(minor) % ten_to(exponent))::varchar, exponent, '0') end;

-- a power of ten that bridges the decimals of two currencies
create or replace macro ten_to(exponent) as [1, 10, 100, 1000, 10000][exponent + 1]::hugeint;

-- a rate in units of 10^-15 as the decimal that it stands for; null where a cross rate came to more than any currency is worth
create or replace macro rate_of(rate_e15) as try_cast(rate_e15 as decimal(22, 0)) * 0.000000000000001;

-- what stands for so much of an open item whose total is worth so much: pro rata, half away from zero
create or replace macro share_of(amount, total, worth) as
    divide_half_up(amount::hugeint * worth * sign(total), abs(total::hugeint));

-- what falls on a part of a whole when `amount` is allotted in an order: `upto` is what the parts come to, this one with them. Over
-- all parts it adds up to `amount`; nothing where the whole is not positive
create or replace macro allotted_minor(amount, part, upto, whole) as case when whole > 0 then
    divide_half_up(amount::hugeint * upto, whole) - divide_half_up(amount::hugeint * (upto - part), whole)
else 0 end::bigint;

-- `part` in the proportion of `amount` to a whole of any sign; nothing of a whole that is nothing
create or replace macro in_proportion(amount, part, whole) as (case when whole = 0 then 0 else share_of(amount, whole, part) end)::bigint;

-- the part of a split entry that a document falls in: 1 .. parts, from the last hex digits of its uid
create or replace macro part_of(uid, parts) as
    case when parts = 1 then 1 else ('0x' || right(uid::varchar, 7))::integer % parts + 1 end;

-- half away from zero: amount * part / whole, without a product that could pass 64 bits
create or replace macro share_half_up(amount, part, whole) as
    (amount // whole) * part + sign(amount) * ((2 * abs(amount % whole) * part + whole) // (2 * whole));

-- service months begin on the day of the month on which the service began, or on the last day of a shorter month
create or replace macro month_begun(service_start, months) as (service_start + to_months(months::integer))::date;

-- how many whole service months have passed when the day `after` begins
create or replace macro whole_months(service_start, after) as
    datediff('month', service_start, after)
    - (month_begun(service_start, datediff('month', service_start, after)) > after)::integer;

-- the service months that have passed when the day `after` begins, as a fraction: whole ones, and the part by its days
create or replace macro months_passed(service_start, after) as list_transform(
    [whole_months(service_start, after)],
    lambda whole: {
        'days': whole * (month_begun(service_start, whole + 1) - month_begun(service_start, whole))
            + (after - month_begun(service_start, whole)),
        'length': month_begun(service_start, whole + 1) - month_begun(service_start, whole)
    }
)[1];

-- the part of `amount` earned month by month (a lambda names each fraction once: a case would compute it four times)
create or replace macro earned_monthly(amount, service_start, service_end, as_of) as list_transform(
    [{'done': months_passed(service_start, as_of + 1), 'total': months_passed(service_start, service_end + 1)}],
    lambda months: share_half_up(
        amount, months.done.days * months.total.length, months.done.length * months.total.days
    )
)[1];

-- the part of `amount` that is earned up to and including the day `as_of`: cumulative, rounded half away from zero;
-- null when the method needs a day that is absent (specification: include/finance/recognition.py)
create or replace macro earned_minor(amount, method, service_start, service_end, recognition_date, as_of) as (
    case
        when method = 'immediate' then amount
        when method = 'on_date' then case when as_of >= recognition_date then amount when as_of < recognition_date then 0 end
        when service_start is null or service_end is null then null
        when as_of < service_start then 0
        when as_of >= service_end then amount
        when method = 'monthly' then earned_monthly(amount, service_start, service_end, as_of)
        else share_half_up(amount, as_of - service_start + 1, service_end - service_start + 1)
    end
)::bigint;

-- what must be recognised on a schedule up to and including the day `as_of`: nothing before its document, nothing any more
-- once a void has ended it. One that takes back part of another line (base_minor) follows what that line earns after
-- `from_date`; one whose days are missing stays deferred
create or replace macro required_minor(
    amount, method, service_start, service_end, recognition_date, begins_date, ended_date, from_date, base_minor, base_earned_minor, as_of
) as (
    case
        when as_of < begins_date or as_of >= ended_date then 0
        when base_minor is null then coalesce(earned_minor(amount, method, service_start, service_end, recognition_date, as_of), 0)
        when as_of <= from_date then 0
        when base_minor = base_earned_minor then amount
        else share_half_up(
            amount,
            earned_minor(base_minor, method, service_start, service_end, recognition_date, as_of) - base_earned_minor,
            base_minor - base_earned_minor)
    end
)::bigint;

-- the one day that a journal entry gathers; null: all those of its period. What is held keeps its day, for which it waits
create or replace macro entry_day_of(gathered_by, posting_date, held_reason) as
    case when gathered_by = 'period' and held_reason is null then null else posting_date end;

-- the category of the journal entry. What came late, is taken back or is worked out at the end of a period stays apart
create or replace macro entry_category_of(entries_per, category) as
    case when entries_per = 'all' and category not in ('late', 'reversal', 'recognition', 'revaluation') then 'summary' else category end;

-- what of a schedule is worth in the entity's own currency, at the rate of its line: all of it what the line is worth, to the
-- minor unit. Null where the schedule is in that currency already
create or replace macro worth_minor(recognised, amount, functional) as
    case when functional is not null then in_proportion(functional, recognised, amount) end;

-- whether a role's account holds money, or claims to money: in a foreign currency it is worth something else each day. Deferred
-- revenue is not: it is owed in service (MONETARY_ROLES of include/finance/revaluation.py)
create or replace macro is_monetary(role) as role in (
    'accounts_receivable', 'customer_credits', 'refunds_awaiting_credit_note', 'processor_clearing', 'processor_suspense',
    'processor_reserves', 'payouts_in_transit', 'cash_receipts_clearing', 'disputes_receivable', 'accrued_processor_fees',
    'due_from_affiliates', 'due_to_affiliates', 'withholding_tax_receivable', 'tax_payable', 'input_tax');

-- whether a bank account is one that the books hold themselves
create or replace macro is_bank_booked(books_every_bank, booked_banks, bank_account_ref) as
    coalesce(books_every_bank, false) or coalesce(list_contains(booked_banks, bank_account_ref), false);

-- the day on which a payout came to a bank account; one that failed had come before if that day is not after its failure
create or replace macro arrived_on(status, arrival_date, failed_date) as
    case when status = 'paid' or (status = 'failed' and arrival_date <= failed_date) then arrival_date end;

-- what the ERP must show of a journal line, and of an entry
create or replace macro line_content(account_code, party_key, department, region, product_line, amount_minor, functional_minor) as
    hashed_field(account_code) || hashed_field(party_key) || hashed_field(department) || hashed_field(region)
    || hashed_field(product_line) || hashed_field(amount_minor)
    || case when functional_minor <> amount_minor then hashed_number(functional_minor) else '' end;
create or replace macro entry_content(legal_entity_code, posting_date, currency, lines) as
    unhex(sha256(hashed_field(legal_entity_code) || hashed_field(posting_date) || hashed_field(currency) || lines));

-- what of a ratable line is not earned by the end of `as_of`; one without its days counts as unearned
create or replace macro unearned_minor(whole, method, service_start, service_end, recognition_date, as_of) as
    whole - coalesce(earned_minor(whole, method, service_start, service_end, recognition_date, as_of), 0);

-- the part of `amount`, taken out of a ratable line of `whole` net, that is not earned by the end of `as_of`: in proportion, and
-- no more than what is unearned of the line after `taken`, which is what credit memos took of that
create or replace macro unearned_part(amount, whole, taken, method, service_start, service_end, recognition_date, as_of) as (
    case
        when coalesce(whole, 0) = 0 or amount = 0 then 0
        else least(
            divide_half_up(amount::hugeint * unearned_minor(whole, method, service_start, service_end, recognition_date, as_of), abs(whole)) * sign(whole),
            greatest(unearned_minor(whole, method, service_start, service_end, recognition_date, as_of) - taken, 0))
    end)::bigint;

-- the part of `amount` that is not earned, where all that is not is taken first
create or replace macro unearned_first(amount, whole, taken, method, service_start, service_end, recognition_date, as_of) as
    least(amount, greatest(unearned_minor(whole, method, service_start, service_end, recognition_date, as_of) - taken, 0))::bigint;

-- the day up to which the line that a credit memo corrects is earned as it was
create or replace macro credited_from(effect, effective_date, document_date) as
    case when effect = 'termination' then coalesce(effective_date, document_date) else document_date end;
