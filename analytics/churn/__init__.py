"""Who keeps away: a model of coming back, fitted to a shop's own customers; scores, reasons, back-test. Pure."""

from analytics.churn.backtest import BackTest, back_test
from analytics.churn.customers import Customers
from analytics.churn.expecting import expected_purchases
from analytics.churn.fitting import fit
from analytics.churn.histories import Known, Purchases, bought, known
from analytics.churn.model import Model, probability_alive, probability_silent
from analytics.churn.reasons import Reasons, reasons
from analytics.churn.recalibration import Recalibration
from analytics.churn.rhythm import expected_gaps
from analytics.churn.scoring import Footing, Scores, score

__all__ = [
    "BackTest",
    "Customers",
    "Footing",
    "Known",
    "Model",
    "Purchases",
    "Reasons",
    "Recalibration",
    "Scores",
    "back_test",
    "bought",
    "expected_gaps",
    "expected_purchases",
    "fit",
    "known",
    "probability_alive",
    "probability_silent",
    "reasons",
    "score",
]
