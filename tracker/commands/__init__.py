"""How people and scripts reach it from a terminal: one module a verb of the command line."""
