"""What evidence tells of journal entries and documents: questions in SQL files over the Parquet of batches."""
