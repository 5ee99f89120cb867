"""What stands out, and the figures that are drawn at night."""

from analytics.models.figures import BaseFigures, CustomerMonth, DayFigures, FiguresState, PointFigures, Spell
from analytics.models.findings import Finding
from analytics.models.scores import CustomerScore, ModelCheck, ScoringRun

__all__ = [
    "BaseFigures",
    "CustomerMonth",
    "CustomerScore",
    "DayFigures",
    "FiguresState",
    "Finding",
    "ModelCheck",
    "PointFigures",
    "ScoringRun",
    "Spell",
]
