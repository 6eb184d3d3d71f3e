"""How records look in JSON, one module per kind."""
