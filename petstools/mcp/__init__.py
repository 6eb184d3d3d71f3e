"""The MCP door: `POST /mcp`, Streamable HTTP without sessions or streams, in both of the protocol's eras (docs/mcp.md).

`view`       the endpoint                                `protocol`      what a message must be, by era and version
`calls`      one tools/call                              `answers`       results and errors as they go out
`offers`     the tools as they stand in this door's list `listing`       tools/list, server/discover and initialize, made once
`schemas`    inputSchema and outputSchema                `challenges`    how a client is told to sign in, or for more scopes
`instructions`  what every model reads first
"""
