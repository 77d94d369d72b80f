"""Yihong Ledger: lists of engineering works, reported monthly, counted, ranked and published."""
