"""Customers: the list, each person with the ledger, and everything that may be done for them."""
