"""How it comes and goes: reading workbooks, taking lists in, the demonstration recipe."""
