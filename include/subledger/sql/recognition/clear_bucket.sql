-- the next bucket begins empty
truncate new_schedule;
truncate prior_amount;
truncate recognised_amount;
