"""A module for each part of the bare domain."""
