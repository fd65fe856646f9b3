"""The client in a Python of its own, against real servers."""
