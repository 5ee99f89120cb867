"""The views of the rewards."""
