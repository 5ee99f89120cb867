"""A module for each step at the till: the session, finding, the amount, the result, a new customer."""
