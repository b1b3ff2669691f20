"""The server of the tools, over standard input and output."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations

from entrypoints.mcp.tools import Tools

INSTRUCTIONS = """Pledger is a ledger of what a company's customers lived and of what they were
promised. Its numbers have definitions, which go with each answer: quote a number with what it
counts, with its interval, and with the instant that it is as of. A null is no 0. Where evidence
says that nobody reports a type of fact, say so in the place of the number. No number here is about
a person at work, and none may be used to rank people."""


def server(tools: Tools) -> MCPServer:
    """What answers a client of the protocol."""
    made = MCPServer("pledger", title="Pledger", instructions=INSTRUCTIONS, log_level="WARNING")
    reading = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    for tool in tools.all():
        made.tool(annotations=reading)(tool)
    return made
