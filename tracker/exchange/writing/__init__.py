"""Writing: lists and tables become workbooks and text that programs read."""
