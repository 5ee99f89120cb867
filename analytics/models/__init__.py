"""What stands out, the figures that are drawn at night, and what the merchant says to them."""

from analytics.models.figures import BaseFigures, CustomerMonth, DayFigures, FiguresState, PointFigures, Spell
from analytics.models.findings import Finding
from analytics.models.goals import Goal
from analytics.models.joining import JoiningFigures
from analytics.models.reviews import DeclinedReview, PostedReview, ReviewRhythm, SharedReview
from analytics.models.scores import CustomerScore, ModelCheck, ScoringRun
from analytics.models.stated import StatedCost

__all__ = [
    "BaseFigures",
    "CustomerMonth",
    "CustomerScore",
    "DayFigures",
    "DeclinedReview",
    "FiguresState",
    "Finding",
    "Goal",
    "JoiningFigures",
    "ModelCheck",
    "PointFigures",
    "PostedReview",
    "ReviewRhythm",
    "ScoringRun",
    "SharedReview",
    "Spell",
    "StatedCost",
]
