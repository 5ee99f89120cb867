"""The one kind of form: what a service refuses stands at its field and in the summary, and what was typed stays."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import transaction

from tenants.errors import DomainError


class ServiceForm(forms.Form):
    """A form whose valid input goes to a service.

    Control characters are no input anywhere; texts arrive trimmed.
    """

    result: Any = None

    def carried_out(self, act: Callable[[], Any]) -> bool:
        """Call the service where the input is valid; what it returns is `result`.

        A refusal leaves nothing behind in the database and becomes an error of its field, or of the form.
        """
        if not self.is_valid():
            return False
        try:
            with transaction.atomic():
                self.result = act()
        except DomainError as refusal:
            self.refuse(refusal)
            return False
        return True

    def refuse(self, refusal: DomainError) -> None:
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, str(refusal))
