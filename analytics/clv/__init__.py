"""What customers will bring: what they spend at a time, how often they come, discounted; and how sure that is. Pure."""

from analytics.clv.limits import Limits
from analytics.clv.spending import Spending, SpendModel, expected_value, fit_spending
from analytics.clv.value import Interval, Prospects, Terms, Value, customer_value, discounted_purchases

__all__ = [
    "Interval",
    "Limits",
    "Prospects",
    "SpendModel",
    "Spending",
    "Terms",
    "Value",
    "customer_value",
    "discounted_purchases",
    "expected_value",
    "fit_spending",
]
