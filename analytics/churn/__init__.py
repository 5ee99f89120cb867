"""Who keeps away: a model of coming back, fitted to a shop's own customers; scores, reasons, back-test. Pure."""

from analytics.churn.customers import Customers
from analytics.churn.expecting import expected_purchases
from analytics.churn.fitting import fit
from analytics.churn.model import Model, probability_alive, probability_silent
from analytics.churn.scoring import Footing, Scores, score

__all__ = [
    "Customers",
    "Footing",
    "Model",
    "Scores",
    "expected_purchases",
    "fit",
    "probability_alive",
    "probability_silent",
    "score",
]
