"""The use cases, free of any framework: gather, decide, apply."""
