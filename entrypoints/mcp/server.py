"""The server of the tools, over standard input and output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase
from mcp_types import ToolAnnotations
from pydantic import ConfigDict, create_model, model_validator

from entrypoints.mcp.tools import Tools

INSTRUCTIONS = """Pledger is a ledger of what a company's customers lived and of what they were
promised. Its numbers have definitions, which go with each answer: quote a number with what it
counts, with its interval, and with the instant that it is as of. A null is no 0. Where evidence
says that nobody reports a type of fact, say so in the place of the number. No number here is about
a person at work, and none may be used to rank people."""


def server(tools: Tools) -> MCPServer:
    """What answers a client of the protocol."""
    return MCPServer(
        "pledger",
        title="Pledger",
        instructions=INSTRUCTIONS,
        tools=[_tool(each) for each in tools.all()],
        log_level="WARNING",
    )


class _KnownArguments(ArgModelBase):
    """Arguments of which each is one that the tool has."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _expect_known(cls, given: dict[str, Any]) -> dict[str, Any]:
        known = cls.model_fields
        if others := [name for name in given if name not in known]:
            raise ValueError(f"expected arguments among {', '.join(known)}, saw {others[0]!r}")
        return given


def _tool(question: Callable[..., Any]) -> Tool:
    """A tool that reads. The library would ignore an argument that the tool does not have, and an
    answer to another question than was asked would look like one."""
    reading = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    tool = Tool.from_function(question, annotations=reading)
    arguments = tool.fn_metadata.arg_model
    strict = create_model(arguments.__name__, __base__=(_KnownArguments, arguments))
    tool.fn_metadata.arg_model = strict
    tool.parameters = strict.model_json_schema(by_alias=True)
    return tool
