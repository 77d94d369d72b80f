"""Reading: what an office sends becomes rows, fields, values and faults."""
