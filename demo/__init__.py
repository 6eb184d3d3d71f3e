"""`make demo`: a whole conversation between ChatGPT and the connector, over real HTTP, shown and checked step by step.

It knows the connector only from outside, as ChatGPT does: nothing of the product is imported here.
"""
