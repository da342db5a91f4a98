"""What the pipelines ask of the outside world, in the accountant's words."""
