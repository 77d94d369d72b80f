"""Bulletins: the month's official document, from its figures to its words and its paper."""
