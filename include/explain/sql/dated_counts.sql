-- one row per batch: how many documents of the bucket were chosen of it
select batch_no, count(*) as document_count from dated_newest group by batch_no
