"""PostgreSQL reads every CHECK of a table anew at every posting; these two guarded what only grows."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('points', '0013_points_holder'),
    ]

    operations = [
        migrations.AlterField(
            model_name='pointsaccount',
            name='entry_count',
            field=models.IntegerField(default=0, verbose_name='笔数'),
        ),
        migrations.AlterField(
            model_name='pointsaccount',
            name='year',
            field=models.SmallIntegerField(default=0, verbose_name='年度'),
        ),
    ]
