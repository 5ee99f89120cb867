"""The programme: what holds and what is planned, the steps to a new version, and the offers in it."""
