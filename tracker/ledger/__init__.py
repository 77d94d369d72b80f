"""Where it is kept: the append-only ledger. The only floor that writes the database; all SQL lives here."""
