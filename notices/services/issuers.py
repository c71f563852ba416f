"""Issuer profiles: made with sensible values when first needed, edited afterwards as data."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from typing import Any

from django.db import transaction

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record, snapshot
from cogov.common.errors import InputError, Problem
from notices.models import IssuerProfile
from notices.printing.content import ObjectionPlace
from notices.printing.faces import check_glyphs
from notices.printing.markup import unsafe
from villages.models import Township, Village, VillageKind

_FIELDS = (
    "heading",
    "signer",
    "prefix",
    "objection_place",
    "objection_telephone",
    "objection_receiver",
)
_LABELS = dict(
    zip(
        _FIELDS,
        ("发文机关标志", "落款单位", "机关代字", "异议受理地点", "异议受理电话", "异议受理机构"),
        strict=True,
    )
)
_TELEPHONE = re.compile(r"(?=(?:\D*\d){5})[\d\s()（）、，,/+转—-]+")
"""Numbers with what stands between them; five digits at least (12345)."""
_SEAL_BYTES = 512 * 1024
_SEAL_SIDE = 2000


def issuer_profile(*, township: Township, village: Village | None = None) -> IssuerProfile:
    """The profile of a township or village; the first call writes the usual names."""
    found = IssuerProfile.objects.filter(township=township, village=village).first()
    if found is not None:
        return found
    defaults = _village_defaults(village) if village else _township_defaults(township)
    profile, _ = IssuerProfile.objects.get_or_create(township=township, village=village, defaults=defaults)
    return profile


def _township_defaults(township: Township) -> dict[str, str]:
    short = township.name.removesuffix("街道").removesuffix("镇").removesuffix("乡")
    office = "街道办事处" if township.name.endswith("街道") else f"{township.name}人民政府"
    office = f"{short}{office}" if office == "街道办事处" else office
    return {
        "heading": f"{office}文件",
        "signer": office,
        "prefix": f"{short[:1]}政",
        "objection_place": f"{township.name}共同缔造办公室",
        "objection_receiver": f"{township.name}{'纪委' if township.name.endswith(('镇', '乡')) else '纪工委'}",
    }


def _village_defaults(village: Village) -> dict[str, str]:
    committee = "居民委员会" if village.kind == VillageKind.COMMUNITY else "村民委员会"
    stem = (
        village.name.removesuffix("村") if committee == "村民委员会" else village.name.removesuffix("居委会")
    )
    name = f"{stem}村{committee}" if committee == "村民委员会" else f"{stem}{committee}"
    return {
        "heading": f"{village.township.name}{name}",
        "signer": f"{village.township.name}{name}",
        "prefix": village.name,
        "objection_place": f"{village.name}便民服务中心",
        "objection_receiver": "村务监督委员会",
    }


def objection_place(profile: IssuerProfile) -> ObjectionPlace:
    """Where to object, as it is printed (documents.md: place, telephone).

    A village that cannot be called borrows place, telephone and receiver of its township, all three and under the
    township's name: the reader knows whom he calls, and that it is not his village.
    """
    own = _place(profile)
    if profile.village_id is None or (own.place and own.telephone):
        return own
    above = (
        IssuerProfile.objects.filter(township=profile.township_id, village__isnull=True)
        .exclude(objection_telephone="")
        .select_related("township")
        .first()
    )
    if above is None:
        return own
    lent = _place(above)
    name = above.township.name
    return lent if name in lent.place else replace(lent, place=f"{name}{lent.place}")


def _place(profile: IssuerProfile) -> ObjectionPlace:
    return ObjectionPlace(profile.objection_place, profile.objection_telephone, profile.objection_receiver)


def save_issuer(*, actor: Actor, instance: IssuerProfile, data: dict[str, Any]) -> IssuerProfile:
    """Change how an issuer signs; published notices keep what they were issued with."""
    authorize(actor, "notices.change_issuerprofile", instance.audit_codes()[1] or instance.audit_codes()[0])
    with transaction.atomic():
        locked = IssuerProfile.objects.select_for_update().get(pk=instance.pk)
        before = snapshot(locked, _FIELDS)
        for name in _FIELDS:
            if name in data:
                setattr(locked, name, str(data[name]).strip())
        bad = [
            Problem(why, column=_LABELS[name]) for name in _FIELDS if (why := unsafe(getattr(locked, name)))
        ]
        if locked.objection_telephone and not _TELEPHONE.fullmatch(locked.objection_telephone):
            bad.append(Problem("请填办公电话，如 0715-3690101、12345", column=_LABELS["objection_telephone"]))
        others = IssuerProfile.objects.filter(township=locked.township, prefix=locked.prefix)
        if (twin := others.exclude(pk=locked.pk).first()) is not None:
            bad.append(Problem(f"{twin.signer}已经用“{locked.prefix}”，文号会重复", column=_LABELS["prefix"]))
        if bad:
            raise InputError("发文机关资料有错", bad)
        report = check_glyphs([getattr(locked, name) for name in _FIELDS], "title")
        if report.missing:
            raise InputError("有不能印出的字", [Problem(fault) for fault in report.faults])
        if data.get("seal_file"):
            locked.seal = read_seal(data["seal_file"].read(_SEAL_BYTES + 1))
        locked.save()
        record(
            actor=actor,
            action="notices.change_issuer",
            summary=f"修改发文机关资料：{locked.signer}",
            obj=locked,
            before=before,
            after=snapshot(locked, _FIELDS),
        )
    return locked


def read_seal(data: bytes) -> str:
    """An uploaded seal as base64 PNG, re-encoded so that nothing but the picture stays. Raises InputError."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - only when a seal is uploaded

    if len(data) > _SEAL_BYTES:
        raise InputError("印章图片不能超过512KB")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            if max(image.size) > _SEAL_SIDE:
                raise InputError(f"印章图片边长不能超过{_SEAL_SIDE}像素")
            plain = image.convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"印章图片边长不能超过{_SEAL_SIDE}像素") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise InputError("印章文件不是图片，请上传 PNG 图片") from error
    out = io.BytesIO()
    plain.save(out, "PNG", optimize=False)
    return base64.b64encode(out.getvalue()).decode()
