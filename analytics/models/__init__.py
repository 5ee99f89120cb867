"""What stands out, and the figures that are drawn at night."""

from analytics.models.figures import BaseFigures, CustomerMonth, DayFigures, FiguresState, Spell
from analytics.models.findings import Finding

__all__ = ["BaseFigures", "CustomerMonth", "DayFigures", "FiguresState", "Finding", "Spell"]
