"""``metrics.osi.yaml``: the registry of metrics by Open Semantic Interchange (its schema is
https://github.com/apache/ossie, ``core-spec``), over the exported tables.

Each metric is an expression over the units that it counts, which are a dataset of its own: the
query that the registry has for them, as of the moment of the export.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from application.export.contents import Contents, as_yaml
from projections.export.metric_units import metric_units
from projections.fact_tables import quoted
from projections.metrics.definition import definition
from projections.metrics.registry import Metric, metrics

if TYPE_CHECKING:
    from projections.dictionary.tables import Column, Table

NAME = "metrics.osi.yaml"
SAYS = "The registry of metrics over these tables, by Open Semantic Interchange."
#: The version of the specification.
VERSION = "0.2.0.dev0"

_TYPES = {
    "SMALLINT": "Integer",
    "INTEGER": "Integer",
    "BIGINT": "Integer",
    "DOUBLE": "Float",
    "BOOLEAN": "Boolean",
    "TIMESTAMPTZ": "DateTimeTz",
    "VARCHAR[]": "Opaque",
}
#: Columns that name a row of another table, by the only column of its key.
_NAMED: Mapping[str, str] = {
    "commitment_id": "commitment",
    "issue_id": "issue",
    "payment_id": "payment",
    "decision_id": "decision",
    "entitlement_id": "entitlement",
}
_IN_VIEWS: Mapping[str, str] = {
    "fact_id": "fact",
    "journey_id": "journey",
    "customer": "customer",
}


def osi(contents: Contents) -> str:
    """The text of the file."""
    datasets = [_dataset(table, contents) for table in contents.tables]
    measured = []
    for metric in metrics().values():
        units, one = _measured(metric, contents)
        datasets.append(units)
        measured.append(one)
    model = {
        "name": "pledger",
        "description": "What customers lived, and what they were promised.",
        "datasets": datasets,
        "relationships": list(_relationships(contents)),
        "metrics": measured,
    }
    return as_yaml({"version": VERSION, "semantic_model": [model]})


def _dataset(table: Table, contents: Contents) -> dict[str, Any]:
    key = {"primary_key": list(table.key)} if table.key else {}
    return {
        "name": table.name,
        "source": f"pledger.main.{table.name}",
        **key,
        "description": table.rows,
        "fields": [_field(column) for column in table.columns],
        "custom_extensions": _said({"file": contents.path_of(table), "facts": list(table.facts)}),
    }


def _field(column: Column) -> dict[str, Any]:
    said = {"unit": column.unit, "from": column.source, "personal": column.personal or None}
    told = {name: value for name, value in said.items() if value is not None}
    return {
        "name": column.name,
        "expression": _expression(quoted(column.name)),
        "description": column.meaning,
        "datatype": _TYPES.get(column.type, "String"),
        **({"custom_extensions": _said(told)} if told else {}),
    }


def _measured(metric: Metric, contents: Contents) -> tuple[dict[str, Any], dict[str, Any]]:
    """The dataset of a metric's units, and the metric over it."""
    name = f"units_of_{metric.name}"
    units = metric_units(metric, name, contents.as_of)
    texts = metric.texts
    dataset = {
        "name": name,
        "source": units.source,
        "description": f"The units of {metric.name}: {texts['unit']}.",
        "fields": [
            {"name": column, "expression": _expression(quoted(column))} for column in units.columns
        ],
    }
    told = definition(metric)
    said = {
        "family": metric.family,
        "kind": metric.kind,
        "within": metric.within,
        "version": told["version"],
        "hash": told["hash"],
        "expression_is": "the value" if units.is_value else "the number of units",
        "each_currency": units.each_currency or None,
    }
    one = {
        "name": metric.name,
        "expression": _expression(units.expression),
        "description": texts["question"],
        "ai_context": {"instructions": _instructions(metric, is_value=units.is_value)},
        "custom_extensions": _said({key: value for key, value in said.items() if value}),
    }
    return dataset, one


def _instructions(metric: Metric, *, is_value: bool) -> str:
    """What somebody who uses the number has to know."""
    labels = {
        "counted": "Counted",
        "of": "Of",
        "left_out": "Left out",
        "anchor": "Placed in time by",
        "practice": "Practice",
        "gamed_by": "Gamed by",
        "harmful_use": "Never to be used as",
        "measured_in": "Measured in",
    }
    told = [f"{label}: {metric.texts[key]}." for key, label in labels.items() if metric.texts[key]]
    if not is_value:
        told.insert(0, "The expression is the number of units; the value needs more than SQL.")
    return " ".join(told).replace("..", ".")


def _relationships(contents: Contents) -> Iterator[dict[str, Any]]:
    """Which rows of a table are about one row of another."""
    keys = {table.name: table.key for table in contents.tables}
    for table in contents.tables:
        named = {**_NAMED, **(_IN_VIEWS if table.kind == "view" else {"id": "fact"})}
        for column in table.columns:
            to = named.get(column.name)
            if to is None or to == table.name:
                continue
            yield {
                "name": f"{table.name}_{column.name}",
                "from": table.name,
                "to": to,
                "from_columns": [column.name],
                "to_columns": list(keys[to]),
            }


def _expression(sql: str) -> dict[str, Any]:
    return {"dialects": [{"dialect": "ANSI_SQL", "expression": sql}]}


def _said(told: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"vendor_name": "COMMON", "data": json.dumps(told, ensure_ascii=False)}]
