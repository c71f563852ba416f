"""Physical quantities as integers of a base unit, so that cement and stone add up exactly (SUB-2).

1 bag of cement = 50 kg = 100 斤; 1 斤 = 500 g. Lengths are kept in millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from cogov.common.errors import RuleError


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement: ``factor`` base units make one of it."""

    code: str
    label: str
    dimension: str
    factor: int


UNITS: dict[str, Unit] = {
    unit.code: unit
    for unit in (
        Unit("g", "克", "weight", 1),
        Unit("jin", "斤", "weight", 500),
        Unit("kg", "公斤", "weight", 1_000),
        Unit("bag", "袋", "weight", 50_000),
        Unit("t", "吨", "weight", 1_000_000),
        Unit("mm", "毫米", "length", 1),
        Unit("cm", "厘米", "length", 10),
        Unit("m", "米", "length", 1_000),
    )
}


def to_base(value: Decimal | str | int, unit_code: str) -> int:
    """A quantity in base units (g, mm). Raises RuleError when it is not a whole number of them."""
    if isinstance(value, float):
        raise TypeError("no float near quantities")
    unit = UNITS[unit_code]
    try:
        exact = Decimal(str(value)) * unit.factor
    except InvalidOperation:
        raise RuleError(f"“{value}”不是数量") from None
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise RuleError(f"“{value}{unit.label}”小数位数过多")
    return int(exact)


def from_base(base: int, unit_code: str) -> Decimal:
    """Base units expressed in ``unit_code``, without trailing zeros."""
    value = Decimal(base) / UNITS[unit_code].factor
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def convert(value: Decimal | str | int, source: str, target: str) -> Decimal:
    """``convert(4480, "jin", "bag")`` -> ``Decimal("44.8")``. Raises RuleError across dimensions."""
    if UNITS[source].dimension != UNITS[target].dimension:
        raise RuleError(f"不能把{UNITS[source].label}换算成{UNITS[target].label}")
    return from_base(to_base(value, source), target)
