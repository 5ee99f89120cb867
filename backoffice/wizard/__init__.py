"""The way to a programme in five steps."""
