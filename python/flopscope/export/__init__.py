"""Recordings in other programs' formats: one file a format, each a function that gives text."""

from __future__ import annotations

from flopscope.export.flames import collapsed, speedscope
from flopscope.export.tables import csv_table, markdown_table

__all__ = ["collapsed", "csv_table", "markdown_table", "speedscope"]
