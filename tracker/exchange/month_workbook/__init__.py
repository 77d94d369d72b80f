"""The month's workbook: made for a county, filled in anywhere, merged back field by field."""
