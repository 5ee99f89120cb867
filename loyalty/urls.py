"""URLs of a shop's host."""

urlpatterns: list = []
