from __future__ import annotations

import io
import pickle
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

from cogov.access.encryption import decrypt_text, encrypt_text, keyed_hash
from cogov.access.masking import BankAccount, IdentityNumber, Phone
from cogov.access.models import Duty, User
from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied
from tests.factories.villages import HouseholdFactory, ResidentFactory
from villages.models import Resident

NUMBER, PHONE = "11010519491231002X", "13812345678"


def test_values_print_masked_in_every_way() -> None:
    value = IdentityNumber(NUMBER)
    for text in (str(value), repr(value), f"{value}", "{}".format(value)):  # noqa: UP032
        assert NUMBER not in text
        assert "110*************2X"[3:15] in text
    assert str(Phone(PHONE)) == "138****5678"
    assert str(Phone("8765432")) == "****432"
    assert str(BankAccount("6217001234567890")) == "**** 7890"
    assert (str(Phone("")), bool(Phone("")), bool(Phone(PHONE))) == ("", False, True)


def test_values_compare_and_travel_without_their_text() -> None:
    value = IdentityNumber(NUMBER)
    packed = pickle.dumps(value)
    assert NUMBER.encode() not in packed
    assert pickle.loads(packed) == value  # noqa: S301 - our own bytes
    assert value != Phone(NUMBER)
    assert len({value, IdentityNumber(NUMBER)}) == 1


def test_columns_hold_ciphertext_and_exact_search_finds(db: None) -> None:
    resident = ResidentFactory(id_number=NUMBER, phone=PHONE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id_number, id_number_hash, phone FROM villages_resident WHERE id = %s", [resident.pk]
        )
        row = cursor.fetchone()
    assert not any(NUMBER in str(cell) or PHONE in str(cell) for cell in row)
    assert Resident.objects.get(id_number_hash=keyed_hash(NUMBER, "identity")) == resident
    assert keyed_hash(NUMBER, "identity") != keyed_hash(NUMBER, "phone")
    assert Resident.objects.get(pk=resident.pk).id_number.plain == NUMBER


def test_revealing_is_permissioned_and_logged(db: None) -> None:
    household = HouseholdFactory()
    resident = ResidentFactory(household=household, id_number=NUMBER)
    cadre = User.objects.create_user("cadre", full_name="李四")
    Duty.objects.create(user=cadre, role=Role.VILLAGE_CADRE, scope_code=household.village.code)
    assert resident.id_number.reveal(actor=cadre, reason="核对一卡通", obj=resident) == NUMBER
    event = AuditEvent.objects.get(action="access.reveal_personal_data")
    assert (event.comment, event.village_code) == ("核对一卡通", household.village.code)
    assert NUMBER not in str(event.canonical())

    stranger = User.objects.create_user("stranger", full_name="王五")
    Duty.objects.create(user=stranger, role=Role.VILLAGE_CADRE, scope_code="999999999999")
    with pytest.raises(AccessDenied):
        resident.id_number.reveal(actor=stranger, reason="好奇", obj=resident)
    assert AuditEvent.objects.filter(action="access.reveal_personal_data").count() == 1


def test_keys_rotate(db: None, settings: Any) -> None:
    old = settings.COGOV_ENCRYPTION_KEYS[0]
    resident = ResidentFactory(id_number=NUMBER, phone=PHONE)
    new = Fernet.generate_key().decode()
    settings.COGOV_ENCRYPTION_KEYS = [new, old]
    settings.COGOV_HASH_KEY = "another"
    call_command("rotate_keys", stdout=io.StringIO())
    settings.COGOV_ENCRYPTION_KEYS = [new]
    fresh = Resident.objects.get(id_number_hash=keyed_hash(NUMBER, "identity"))
    assert (fresh, fresh.id_number.plain, fresh.phone.plain) == (resident, NUMBER, PHONE)
    settings.COGOV_ENCRYPTION_KEYS = [old]
    with pytest.raises(ImproperlyConfigured, match="无法解密"):
        _ = Resident.objects.get(pk=resident.pk).id_number.plain


def test_missing_or_bad_keys_are_named(settings: Any) -> None:
    settings.COGOV_ENCRYPTION_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="COGOV_ENCRYPTION_KEYS"):
        encrypt_text("x")
    settings.COGOV_ENCRYPTION_KEYS = ["short"]
    with pytest.raises(ImproperlyConfigured, match="格式不对"):
        decrypt_text("x")
    settings.COGOV_HASH_KEY = ""
    with pytest.raises(ImproperlyConfigured, match="COGOV_HASH_KEY"):
        keyed_hash("x", "identity")
    assert (encrypt_text(""), decrypt_text(""), keyed_hash("", "identity")) == ("", "", "")
