from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("points", "0008_publicity_first")]

    operations = [
        migrations.AddField(
            model_name="pointsrecord",
            name="photo_print",
            field=models.CharField(blank=True, editable=False, max_length=16, verbose_name="照片特征"),
        ),
        migrations.AddField(
            model_name="pointsrecord",
            name="photo_doubt",
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name="照片疑点"),
        ),
    ]
