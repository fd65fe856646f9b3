"""The part of JSON Schema that our own schema files use.

A recording is checked against the schema that is published with the package, so the two cannot
drift apart. A full validator would be a dependency for a few dozen lines.
"""

from __future__ import annotations

from typing import Any

__all__ = ["first_fault"]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def first_fault(value: object, schema: dict[str, Any], path: str = "$") -> str | None:
    """Find the first place where a value breaks a schema.

    Parameters
    ----------
    value : object
        What ``json.load`` returned.
    schema : dict
        Uses ``const``, ``enum``, ``type``, ``minimum``, ``items``, ``properties``, ``required`` and
        ``additionalProperties: false``; other keywords are ignored.
    path : str
        Where `value` stands, for the message.

    Returns
    -------
    str or None
        What is wrong, in one line; ``None`` where nothing is.

    Examples
    --------
    >>> from flopscope.json_schema import first_fault
    >>> first_fault({"calls": -1}, {"properties": {"calls": {"minimum": 0}}})
    '$.calls: -1 is less than 0'
    >>> first_fault([1, "2"], {"items": {"type": "integer"}})
    "$[1]: '2' is not an integer"
    """
    fault = _fault(value, schema)
    return None if fault is None else f"{path}{fault[0]}: {fault[1]}"


def _fault(value: object, schema: dict[str, Any]) -> tuple[str, str] | None:
    """Return where below the value and what; of a large recording nothing is wrong, quickly."""
    own = _own_fault(value, schema)
    if own is not None:
        return "", own
    if isinstance(value, dict):
        for key, inner in schema.get("properties", {}).items():
            if key in value and (fault := _fault(value[key], inner)):
                return f".{key}{fault[0]}", fault[1]
    elif isinstance(value, list) and "items" in schema:
        inner = schema["items"]
        if inner.get("type") == "integer" and inner.keys() <= {"type", "minimum"}:
            least = inner.get("minimum", float("-inf"))
            if all(type(item) is int and item >= least for item in value):
                return None
        for index, item in enumerate(value):
            if fault := _fault(item, inner):
                return f"[{index}]{fault[0]}", fault[1]
    return None


def _own_fault(value: object, schema: dict[str, Any]) -> str | None:
    """Check the value itself, not what it holds."""
    if "const" in schema and value != schema["const"]:
        return f"{value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{value!r} is none of {', '.join(map(str, schema['enum']))}"
    if "type" in schema:
        allowed = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(_is(value, name) for name in allowed):
            article = "an" if allowed[0][0] in "aio" else "a"
            return f"{value!r} is not {article} {' or '.join(allowed)}"
    if "minimum" in schema and isinstance(value, int | float) and value < schema["minimum"]:
        return f"{value!r} is less than {schema['minimum']}"
    if isinstance(value, dict):
        for key in schema.get("required", ()):
            if key not in value:
                return f"{key!r} is missing"
        if schema.get("additionalProperties") is False:
            for key in value:
                if key not in schema["properties"]:
                    return f"{key!r} is not known"
    return None


def _is(value: object, name: str) -> bool:
    # bool is an int in Python, and neither an integer nor a number in JSON.
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])
