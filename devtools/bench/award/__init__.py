"""`award`: a purchase through HTTP and API key, against what the database alone can do."""
