"""A month or quarter that is over, in words that a shop owner reads: on a page, by mail, and as a link for the team."""
