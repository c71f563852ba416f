"""The desk's page of persons and groups that hold points: a proxy, no table."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("points", "0012_rule_set_holder"),
        ("villages", "0006_holder_kinds"),
    ]

    operations = [
        migrations.CreateModel(
            name="PointsHolder",
            fields=[],
            options={
                "verbose_name": "个人户、集体户",
                "verbose_name_plural": "个人户、集体户",
                "ordering": ("village", "number"),
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("villages.household",),
        ),
    ]
