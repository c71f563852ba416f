from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "cogov.demo"
    label = "demo_runner"
    verbose_name = "演示与测试"
