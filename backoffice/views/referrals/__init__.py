"""Friends who bring friends, at the desk: offers, who has invited whom, and what it brings."""
