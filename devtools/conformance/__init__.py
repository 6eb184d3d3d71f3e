"""`make conformance`: the MCP door and its authorization server, as the protocol's own tools see them (docs/mcp.md).

`served`    the connector under gunicorn, somebody signed in, and a proxy that adds their token
`suite`     the legs: scenarios of the conformance suite, the authorization server, the Inspector
`expected`  what fails and why, held against what was found (`expected.toml`)
"""
