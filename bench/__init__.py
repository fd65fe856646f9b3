"""What counting costs: NumPy with and without the shim, side by side (``python -m bench``)."""
