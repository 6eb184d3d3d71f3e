"""What staff see of tool calls: their list, their part of each connection's page, their part of the first page."""

from petstools.admin import connections, overview, tool_calls

__all__ = ["connections", "overview", "tool_calls"]
