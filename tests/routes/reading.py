"""What a reader of a page with a refused form sees and hears."""

from collections.abc import Iterator

from django import forms
from django.http import HttpResponse
from django.test.html import Element, parse_html

Around = tuple[Element, ...]


class Page:
    """An answer's document."""

    def __init__(self, response: HttpResponse) -> None:
        self.status = response.status_code
        self.elements = list(_walk(parse_html(response.content.decode()), ()))
        self.by_id = {said(element).get("id", ""): element for element, _ in self.elements}

    def faults_of(self, form: forms.BaseForm) -> Iterator[str]:
        """What is missing of a refused form's errors: at the field, in the summary, in the title."""
        if self.status != 200:
            yield f"the status is {self.status}"
        if not self._title.startswith("Fehler:"):
            yield f"the title is {self._title!r}"
        summary = self._summary
        for error in form.non_field_errors():
            if plain(error) not in summary.get("", []):
                yield f"{error!r} is not in the summary"
        for bound in form:
            for error in map(plain, bound.errors):
                if not bound.is_hidden:
                    yield from self._faults_at(bound, error, summary)
                elif error not in summary.get("", []):
                    yield f"{bound.name}: {error!r} is not in the summary"

    def holds(self, bound: forms.BoundField) -> list[str]:
        """What the controls of a field hold: typed, selected or ticked."""
        held = []
        for control, _ in self._controls(bound):
            attributes = said(control)
            if control.name == "select":
                options = [said(inner) for inner, _ in _walk(control, ()) if inner.name == "option"]
                held += [option["value"] for option in options if "selected" in option]
            elif control.name == "textarea":
                held.append(_text(control))
            elif attributes.get("type") in ("checkbox", "radio"):
                held += [attributes.get("value", "on")] if "checked" in attributes else []
            else:
                held.append(attributes.get("value", ""))
        return [plain(text) for text in held]

    def _faults_at(self, bound: forms.BoundField, error: str, summary: dict[str, list[str]]) -> Iterator[str]:
        controls = self._controls(bound)
        links = [link for control, _ in controls for link in summary.get(said(control)["id"], [])]
        # What two fields may say alike begins with the field's name.
        if not any(link.endswith(error) for link in links):
            yield f"{bound.name}: the summary does not lead to it, only to {sorted(summary)}"
        for control, around in controls:
            groups = [said(outer).get("aria-describedby", "") for outer in around if outer.name == "fieldset"]
            described = " ".join((said(control).get("aria-describedby", ""), *groups)).split()
            if said(control).get("aria-invalid") != "true" and said(control).get("type") != "checkbox":
                yield f"{bound.name}: not marked as invalid"
            if not any(error in plain(_text(self.by_id[name])) for name in described if name in self.by_id):
                yield f"{bound.name}: {error!r} is not at the field"

    def _controls(self, bound: forms.BoundField) -> list[tuple[Element, Around]]:
        return [
            (element, around)
            for element, around in self.elements
            if element.name in ("input", "select", "textarea")
            and said(element).get("name") == bound.html_name
            and said(element).get("type") != "hidden"
            and said(element).get("id", "").startswith(bound.auto_id)
        ]

    @property
    def _title(self) -> str:
        return next((plain(_text(element)) for element, _ in self.elements if element.name == "title"), "")

    @property
    def _summary(self) -> dict[str, list[str]]:
        """The errors that the summary names, by the id of the control that each leads to."""
        named: dict[str, list[str]] = {}
        for element, around in self.elements:
            if element.name == "li" and any("errsum" in said(outer).get("class", "") for outer in around):
                link = next((said(inner)["href"] for inner, _ in _walk(element, ()) if inner.name == "a"), "")
                named.setdefault(link.removeprefix("#"), []).append(plain(_text(element)))
        return named


def plain(text: object) -> str:
    return " ".join(str(text).split())


def said(element: Element) -> dict[str, str]:
    """An element's attributes."""
    return {name: value or "" for name, value in element.attributes}


def _walk(element: Element, around: Around) -> Iterator[tuple[Element, Around]]:
    """All of a document, each with those around it."""
    yield element, around
    for child in element.children:
        if isinstance(child, Element):
            yield from _walk(child, (*around, element))


def _text(element: Element) -> str:
    return " ".join(child if isinstance(child, str) else _text(child) for child in element.children)
