"""The OpenAPI document that a GPT imports: made by drf-spectacular of the tools, and held to what ChatGPT takes (actions.md).

`operation`  one tool as drf-spectacular sees it        `document`  the whole, in the form that is published
`examples`   examples of calls and answers              `lint`      the rules that it keeps
`compare`    what changed against an earlier one        `views`     its addresses
"""
