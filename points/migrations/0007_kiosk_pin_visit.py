from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0006_full_width_punctuation"),
    ]

    operations = [
        migrations.AddField(
            model_name="kiosksession",
            name="unlocked_at",
            field=models.DateTimeField(null=True, verbose_name="输入密码时间"),
        ),
    ]
