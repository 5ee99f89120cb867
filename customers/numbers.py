"""Customer numbers and card tokens: random, easy to read aloud, hard to mistype."""

import secrets

from tenants.secrets import new_code

TOKEN_LENGTH = 12
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def new_number() -> str:
    """Eight random digits and a check digit (Luhn), never with a leading zero."""
    digits = str(secrets.randbelow(90_000_000) + 10_000_000)
    return digits + check_digit(digits)


def new_numbers(count: int) -> list[str]:
    """`count` different numbers: of 5,000 drawn one by one, two are the same in every eighth batch."""
    numbers: dict[str, None] = {}
    while len(numbers) < count:
        numbers[new_number()] = None
    return list(numbers)


def new_card_token() -> str:
    """60 random bits, so that a card cannot be guessed."""
    return new_code(TOKEN_LENGTH)


def check_digit(digits: str) -> str:
    """Luhn: finds every single wrong digit and nearly every swap of neighbours."""
    total = sum(
        _DOUBLED[int(digit)] if position % 2 == 0 else int(digit) for position, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def is_number(text: str) -> bool:
    return len(text) == 9 and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]
