"""Imports: what was read becomes returns or drafts, all of it or nothing."""
