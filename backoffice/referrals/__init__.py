"""Referrals in the back office: the form of an offer, its preview, the words of lists and the report."""
