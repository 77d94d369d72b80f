"""The official tables that the task force circulates, one module a table: each says figures of the ledger."""
