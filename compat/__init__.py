"""NumPy's own test suite under the shim: what passes without it has to pass with it."""
