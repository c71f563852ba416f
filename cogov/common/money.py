"""Money: integer fen inside, Decimal yuan at the edge, one place where anything is rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from cogov.common.errors import RuleError

Fen = int

_HUNDRED = Decimal(100)


def round_half_up(value: Decimal, places: int = 2) -> Decimal:
    """Round half up to ``places`` decimals; the only ``quantize`` for amounts and scores in the system."""
    if isinstance(value, float):
        raise TypeError("no float near money")
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def to_fen(yuan: Decimal | str | int) -> Fen:
    """Yuan to fen, exactly. Raises RuleError for anything that is not a whole number of fen."""
    if isinstance(yuan, float):
        raise TypeError("no float near money")
    try:
        value = Decimal(str(yuan).replace(",", "").replace(",", "").strip())
    except InvalidOperation:
        raise RuleError(f"“{yuan}”不是金额，请填写如 1234.50 的数字") from None
    if not value.is_finite():
        raise RuleError(f"“{yuan}”不是金额，请填写如 1234.50 的数字")
    fen = value * _HUNDRED
    if fen != fen.to_integral_value():
        raise RuleError(f"“{yuan}”元不能精确到分，最多填两位小数")
    return int(fen)


def from_fen(fen: Fen) -> Decimal:
    """Fen to yuan with two decimals."""
    return (Decimal(fen) / _HUNDRED).quantize(Decimal("0.01"))


def format_yuan(fen: Fen) -> str:
    """``123450`` -> ``1,234.50 元``."""
    return f"{from_fen(fen):,.2f} 元"
