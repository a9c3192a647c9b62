"""What was exported and what it has to hold, as test/interop/main.ts left it."""

import json
import math
import os
from pathlib import Path

import pyarrow as pa
from datasets import Features, List, Value

DATA = Path(os.environ["PREFLOOM_INTEROP_DATA"])
CORNERS = {corner["name"]: corner["rows"] for corner in json.loads((DATA / "corners.json").read_text("utf8"))}
EXPORTS = json.loads((DATA / "exports.json").read_text("utf8"))
SCALARS = {"string": pa.string(), "boolean": pa.bool_(), "int": pa.int64(), "float": pa.float64()}
NAMES = {"string": "string", "boolean": "bool", "int": "int64", "float": "float64"}


def files(ending, corner=None, formats=None):
    """Pairs of an export and its file of this type; free rows have none but JSON Lines."""
    found = [
        (export, DATA / file)
        for export in EXPORTS
        if (corner is None or export["corner"] == corner) and (formats is None or export["format"] in formats)
        for file in export["files"]
        if file.endswith(ending)
    ]
    assert found, f"no file {ending} of {corner} in {formats}"
    return found


def rows_of(export):
    """The rows that an export has to hold."""
    if export["free"]:
        return export["rows"]
    return [{c["name"]: _value(c["type"], row.get(c["name"])) for c in export["columns"]} for row in export["rows"]]


def _value(kind, value):
    if value is None:
        return None
    if kind["kind"] == "float":
        return float(value)
    if kind["kind"] == "list":
        return [_value(kind["element"], one) for one in value]
    if kind["kind"] == "struct":
        return {field["name"]: _value(field["type"], value.get(field["name"])) for field in kind["fields"]}
    return value


def arrow_type(kind):
    """The type of Arrow that a column has to have."""
    if kind["kind"] == "list":
        return pa.list_(arrow_type(kind["element"]))
    if kind["kind"] == "struct":
        return pa.struct([(field["name"], arrow_type(field["type"])) for field in kind["fields"]])
    return SCALARS[kind["kind"]]


def arrow_types(export):
    """The columns and types that a table has to have, in order."""
    return [(column["name"], arrow_type(column["type"])) for column in export["columns"]]


def plain_type(kind):
    """A type of Arrow without the names and the nullability of what is inside; these differ between readers."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(plain_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, plain_type(field.type)) for field in kind])
    return pa.string() if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else kind


def feature(kind):
    """The feature of `datasets` that a column has to be."""
    if kind["kind"] == "list":
        return List(feature(kind["element"]))
    if kind["kind"] == "struct":
        return {field["name"]: feature(field["type"]) for field in kind["fields"]}
    return Value(NAMES[kind["kind"]])


def features(export):
    """The features of `datasets` that a table has to have."""
    return Features({column["name"]: feature(column["type"]) for column in export["columns"]})


def difference(found, wanted, place="rows"):
    """The first place at which two values are not the same, or None: types count, NaN is NaN, -0 is not 0."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict) or list(found) != list(wanted):
            return f"{place}: found {str(found)[:200]!r}, expected {str(wanted)[:200]!r}"
        return next(filter(None, (difference(found[key], wanted[key], f"{place}.{key}") for key in wanted)), None)
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            return f"{place}: found {str(found)[:200]!r}, expected {str(wanted)[:200]!r}"
        pairs = enumerate(zip(found, wanted))
        return next(filter(None, (difference(a, b, f"{place}[{i}]") for i, (a, b) in pairs)), None)
    same = type(found) is type(wanted) and (
        found == wanted and math.copysign(1, found) == math.copysign(1, wanted) or found != found and wanted != wanted
        if isinstance(wanted, float)
        else found == wanted
    )
    return None if same else f"{place}: found {found!r}, expected {wanted!r}"
