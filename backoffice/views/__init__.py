"""The pages of the back office, a module for each room."""
