"""Marking: the sender's own workbook goes back with its faults in place."""
