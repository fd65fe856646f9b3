"""The version, which is the server's."""

__version__ = "1.0.0.dev0"
