"""Closing and deriving: what follows from the record, set at a time, in strata."""
