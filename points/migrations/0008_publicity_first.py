from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("points", "0007_kiosk_pin_visit")]

    operations = [
        migrations.AddField(
            model_name="pointsruleset",
            name="posting",
            field=models.CharField(
                choices=[("publicity", "公示期满无异议后入账"), ("close", "月结时入账，公示期内可提异议")],
                default="close",
                max_length=10,
                verbose_name="入账方式",
            ),
        ),
        migrations.AddField(
            model_name="pointsrecord",
            name="listed_period",
            field=models.CharField(blank=True, editable=False, max_length=7, verbose_name="公示月份"),
        ),
        migrations.AddField(
            model_name="pointsmonth",
            name="list_outdated_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="公示有变动"),
        ),
    ]
