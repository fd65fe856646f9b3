"""Entry points that NumPy's own tests never call, called with the shim and without.

Operators by their names, on every type of number; what subclasses of ``ndarray`` have slots of
their own for; the functions of the C API, by a caller in C.
"""
