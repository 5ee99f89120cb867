"""The same routes, and one that states no capability."""

from tests.tenants.shop_urls import handler400, handler403, handler404, handler500, urlpatterns_with_unstated

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = urlpatterns_with_unstated
