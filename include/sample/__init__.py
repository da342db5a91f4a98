"""The sample company: a billing generator and the embedded services behind `make demo` and `make test`."""
