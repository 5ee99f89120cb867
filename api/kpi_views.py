"""The call for the figures of a period."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.gathering import overview
from analytics.goals.queries import open_goals
from analytics.overview import drawn_period
from api import kpis as shapes
from api.problems import refusals
from api.schema import examples
from api.shaping import checked
from api.views import ApiView, store_named


class KpisView(ApiView):
    @extend_schema(
        operation_id="kpis_get",
        parameters=[shapes.PeriodFilter],
        responses={200: shapes.KpisShape, **refusals(409, 422)},
        examples=examples("kpis_get"),
    )
    def get(self, request: Request) -> Response:
        """The figures of a period, of all stores together or of one; drawn every night for the days that are over.

        422 `not_drawn` names the days that there are, 409 `nothing_drawn` says that there are none yet.
        """
        wanted = checked(shapes.PeriodFilter, request.query_params.dict())
        store = store_named(wanted.get("store"))
        period = drawn_period(wanted.get("from"), wanted.get("to"))
        found = overview(period, store_id=store.pk if store else None)
        return Response(shapes.kpis_answer(found, store=store, goals=open_goals(store_id=found.store_id)))
