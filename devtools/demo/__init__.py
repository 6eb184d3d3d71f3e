"""`make demo`: ChatGPT's GPT and two MCP apps at the connector, over real HTTP, shown and checked step by step.

It knows the connector only from outside, as they do: nothing of the product is imported here.
"""
