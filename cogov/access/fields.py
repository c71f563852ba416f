"""Model fields for personal values: encrypted at rest, masked in print, searchable by exact match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from cogov.access.encryption import keyed_hash
from cogov.access.masking import PersonalValue

if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]  # what is read is a PersonalValue, what is assigned may be a string
else:
    _Text = models.TextField


class _WrapOnAssignment(DeferredAttribute):
    """A bare string never lies on an instance: an error page or a log would print it."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        bare = not hasattr(value, "resolve_expression")  # a database expression stays what it is
        instance.__dict__[self.field.attname] = self.field.to_python(value) if bare else value


class EncryptedField(_Text):
    """Stores a :class:`PersonalValue`. Strings assigned to it count as the bare value."""

    descriptor_class = _WrapOnAssignment

    def __init__(self, *args: Any, value_type: type[PersonalValue], **kwargs: Any) -> None:
        self.value_type = value_type
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "value_type": self.value_type}

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> PersonalValue | None:
        return None if value is None else self.value_type(token=value)

    def to_python(self, value: Any) -> PersonalValue | None:
        if value is None or isinstance(value, PersonalValue):
            return value
        return self.value_type(str(value))

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        return (value if isinstance(value, PersonalValue) else self.value_type(str(value))).token

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)) or "")


class KeyedHashField(models.CharField):
    """The keyed hash of another field, filled in when the row is saved; finds people by exact number."""

    def __init__(self, *args: Any, source: str, purpose: str, **kwargs: Any) -> None:
        self.source, self.purpose = source, purpose
        kwargs = {
            "max_length": 64,
            "blank": True,
            "default": "",
            "editable": False,
            "db_index": True,
            **kwargs,
        }
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source, "purpose": self.purpose}

    def compute(self, obj: models.Model) -> str:
        value = getattr(obj, self.source)
        return keyed_hash(value.plain if isinstance(value, PersonalValue) else str(value or ""), self.purpose)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.compute(model_instance)
        setattr(model_instance, self.attname, value)
        return value
