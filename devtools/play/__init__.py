"""`manage.py play`: ChatGPT for the shell. It knows a connector by its /openapi.json alone, as a GPT does.

Nothing of the product is imported here: what a GPT can't know, this can't use either.
"""
