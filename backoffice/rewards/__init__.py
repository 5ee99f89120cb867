"""Rewards in the back office: the form, its preview and the words of the catalogue."""
