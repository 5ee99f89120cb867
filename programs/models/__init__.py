"""What a shop promises, and what customers bought under it."""

from programs.models.programme import (
    EarningRule,
    Program,
    ProgramDraft,
    ProgramVersion,
    RuleUse,
    StampCard,
    Tier,
    TierTerms,
)
from programs.models.purchases import CustomerStat, LateChange, Product, Purchase, PurchaseLine, PurchaseReturn

__all__ = [
    "CustomerStat",
    "EarningRule",
    "LateChange",
    "Product",
    "Program",
    "ProgramDraft",
    "ProgramVersion",
    "Purchase",
    "PurchaseLine",
    "PurchaseReturn",
    "RuleUse",
    "StampCard",
    "Tier",
    "TierTerms",
]
