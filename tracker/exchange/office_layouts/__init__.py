"""Offices' own layouts: a workbook with marks in its cells, filled with what a table says."""
