"""Classes of NumPy's whose objects live on the server: ``poly1d`` and ``busdaycalendar``."""

from __future__ import annotations

from flopscope._call import call
from flopscope._objects import object_class

__all__ = ["busdaycalendar", "poly1d"]

poly1d = object_class(
    "poly1d",
    __iter__=lambda self: iter(self.coeffs),
    __repr__=lambda self: str(call("poly1d.__repr__", (self,), {})),
)
busdaycalendar = object_class("busdaycalendar")
