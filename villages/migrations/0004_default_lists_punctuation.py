"""The lists of 0002 with the marks Chinese is printed with. Rows that somebody has reworded are left alone."""

from django.db import migrations

KIND_FIELDS = ("name", "purpose")
ITEM_FIELDS = ("name", "requirement")

KINDS = (
    ("管理集体资产,发展集体经济", "管理集体资产，发展集体经济"),
    ("乡村合作公司(合作社)", "乡村合作公司（合作社）"),
    ("承接小微项目,组织群众务工", "承接小微项目，组织群众务工"),
    ("联络乡贤,筹资筹智", "联络乡贤，筹资筹智"),
    ("评议道德行为,推荐典型", "评议道德行为，推荐典型"),
)
ITEMS = (
    ("一核:党组织", "一核：党组织"),
    ("一会:理事会", "一会：理事会"),
    ("一社:合作社", "一社：合作社"),
    ("党支部或党小组建到村湾,有固定活动", "党支部或党小组建到村湾，有固定活动"),
    ("群众议定,张贴上墙", "群众议定，张贴上墙"),
    ("细则经会议通过,每月公示", "细则经会议通过，每月公示"),
    ("每月更新,办结销号", "每月更新，办结销号"),
    ("N:其他群众组织", "N：其他群众组织"),
)
SOURCES = (
    (
        "崇阳县共同缔造示范村湾“10个1”工作清单 [004];各项内容由镇对照县清单核定 [ours]",
        "崇阳县共同缔造示范村湾“10个1”工作清单 [004]；各项内容由镇对照县清单核定 [ours]",
    ),
)


def reword(apps, schema_editor):
    alias = schema_editor.connection.alias
    for model, fields, pairs in (
        ("OrganisationKind", KIND_FIELDS, KINDS),
        ("StandardItem", ITEM_FIELDS, ITEMS),
        ("OrganisationStandard", ("source",), SOURCES),
    ):
        rows = apps.get_model("villages", model).objects.using(alias)
        for field in fields:
            for old, new in pairs:
                rows.filter(**{field: old}).update(**{field: new})


class Migration(migrations.Migration):
    dependencies = [("villages", "0003_full_width_punctuation")]
    operations = [migrations.RunPython(reword, migrations.RunPython.noop)]
