"""Goals for figures: set by people, judged every night from what was drawn."""
