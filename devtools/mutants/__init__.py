"""Hand-written mutants of the rules that matter, each with the tests that must fail for it (docs/development.md, "Tests")."""
