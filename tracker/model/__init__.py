"""What things are: places, programmes, fields, values, measures, ranking. Pure: no files, no network, no Flask."""
