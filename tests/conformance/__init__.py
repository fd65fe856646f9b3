"""What the default cost model charges, call by call, against recorded charges.

``cases.jsonl`` holds 6,182 calls with the charge that flopscope 0.12.4 makes for each on NumPy
2.4.6. ``python -m tests.conformance`` makes every call for real under the active shim and prints
how many of the charges are exact, by family of operations; ``scripts/record_charges.py`` records
others.
"""
