"""What finance may change without a release: entities, charts, posting rules, owners. YAML, checked on load."""
