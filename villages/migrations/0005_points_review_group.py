"""The group that deliberates on points, among the kinds of organisations (PNT-8)."""

from django.db import migrations

KIND = {
    "name": "积分评议小组",
    "purpose": "由村民推选三至五人，每月固定一天评议积分，公布分值和理由",
    "order": 195,
}


def add(apps, schema_editor):
    rows = apps.get_model("villages", "OrganisationKind").objects.using(schema_editor.connection.alias)
    if not rows.filter(name=KIND["name"]).exists():
        rows.get_or_create(code="points_review", defaults=KIND)


class Migration(migrations.Migration):
    dependencies = [("villages", "0004_default_lists_punctuation")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
