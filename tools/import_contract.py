"""The kind of contract that import-linter checks for us: what one folder may import.

Import-linter's own contracts list what is forbidden, and a new dependency is then allowed
everywhere until somebody remembers to forbid it. This one lists what is allowed.
"""

from __future__ import annotations

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


def names(field: object) -> list[str]:
    """The value of a list field: import-linter puts it in the place of the field's declaration."""
    return cast("list[str]", field)


def top(module: str) -> str:
    """``projections.duckdb.store`` is in ``projections``."""
    return module.split(".", 1)[0]


class MayImport(Contract):
    """``package`` imports itself, what ``allowed`` names, and the standard library but for what
    ``never`` names; nothing else.

    Only direct imports count: what an allowed folder imports is the matter of its own contract.
    """

    type_name = "may_import"

    package = fields.StringField()
    allowed = fields.ListField(subfield=fields.StringField())
    never = fields.ListField(subfield=fields.StringField(), required=False, default=())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Broken by every direct import that leaves the package for something not allowed."""
        package = str(self.package)
        welcome = sys.stdlib_module_names - set(names(self.never))
        welcome |= {package, *names(self.allowed)}
        strangers = [
            f"{importer}:{detail['line_number']} imports {imported}"
            for importer in sorted(m for m in graph.modules if top(m) == package)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if top(imported) not in welcome
            for detail in graph.get_import_details(importer=importer, imported=imported)
        ]
        output.verbose_print(verbose, f"{package}: {len(strangers)} imports are not allowed.")
        return ContractCheck(kept=not strangers, metadata={"strangers": strangers})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line an import."""
        for stranger in check.metadata["strangers"]:
            output.print_error(stranger)
        allowed = ", ".join(names(self.allowed))
        never = ", ".join(names(self.never)) or "nothing"
        output.print(f"{self.package} may import {allowed} and the standard library but {never}.")
