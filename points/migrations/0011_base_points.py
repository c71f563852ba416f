from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("points", "0010_redemption_days")]

    operations = [
        migrations.AddField(
            model_name="pointsruleset",
            name="base_points",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="不设基础分填 0",
                validators=[MaxValueValidator(1000)],
                verbose_name="每户每年基础分",
            ),
        ),
        migrations.AddField(
            model_name="pointsruleset",
            name="review_day",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="评议小组每月几日评议，1 到 28；不固定就不填",
                null=True,
                validators=[MinValueValidator(1), MaxValueValidator(28)],
                verbose_name="每月评议日",
            ),
        ),
        migrations.AlterField(
            model_name="pointsentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("earn", "得分"),
                    ("base", "基础分"),
                    ("deduct", "扣分"),
                    ("redeem", "兑换"),
                    ("reverse", "冲正"),
                    ("carry", "结转"),
                    ("clear", "清零"),
                ],
                max_length=8,
                verbose_name="种类",
            ),
        ),
    ]
