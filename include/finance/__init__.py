"""The accounting core: immutable types and rules of the books; standard library only."""
