"""The first page: whether the programme is worth it, who is about to leave, what to do today."""
