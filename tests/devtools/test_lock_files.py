"""The check of the lock files finds what must not be in them."""

import pytest

from devtools import lock

CLEAN = (
    lock.header()
    + "six==1.17.0 ; python_full_version < '3.12' \\\n    --hash=sha256:00\n    # via -c requirements.lock\n"
)


def test_a_clean_lock_has_no_problems() -> None:
    assert lock.problems_of("some.lock", CLEAN) == []


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("--index-url https://registry.example/simple\n", "names an address, an option or a path"),
        ("# via -r /home/somebody/requirements.in\n", "names an address, an option or a path"),
        ("six @ https://registry.example/six.whl\n", "names an address, an option or a path"),
        ("attrs==26.1.0\n", "attrs==26.1.0 has no hash"),
    ],
)
def test_what_does_not_belong_is_named(damage: str, complaint: str) -> None:
    assert any(complaint in problem for problem in lock.problems_of("some.lock", CLEAN + damage))


def test_other_dependencies_need_another_lock() -> None:
    old = CLEAN.replace("sha256:", "sha256:0", 1)
    assert lock.problems_of("some.lock", old) == ["some.lock does not belong to pyproject.toml any more: ./dev lock"]
