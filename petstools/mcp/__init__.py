"""The MCP door: `POST /mcp`, Streamable HTTP without sessions or streams, in both of the protocol's eras (docs/mcp.md).

`view`       the endpoint, and one tools/call            `protocol`   what a message must be, by era and version
`tools`      the tools as they stand in this door's list `schemas`    inputSchema and outputSchema
`responses`  results, errors and challenges as they go out
"""
