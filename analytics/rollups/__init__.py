"""Figures of customers, days and the base, drawn from purchases in statements over many rows at once."""
