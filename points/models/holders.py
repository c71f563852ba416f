"""Persons and groups that hold points (PNT-8), as the desk shows them beside the households of the register."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db import models

from cogov.access.scope import ScopedManager
from villages.models import Household, HouseholdKind


class HolderManager(ScopedManager):
    """Everything that holds points and is no family."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().exclude(kind=HouseholdKind.FAMILY)


class PointsHolder(Household):
    """个人户 and 集体户: the register does not list them, and without points they have no account either."""

    objects = HolderManager()

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "个人户、集体户"
        ordering = ("village", "number")

    @cached_property
    def household(self) -> Household:
        """Itself, for services: what they record names a household."""
        found: Household = Household.holders.select_related("village", "group").get(pk=self.pk)
        return found
